"""Pictures of a trace: pure functions from what an analysis found to the source of a drawing, in the language of dot.

style.py           shapes, colours, lines, the legend
text.py            what stands in a label: data, never markup
wait_for.py        who waits for whom; relations.py and folding.py say what is drawn, and what stands together
threads.py         which thread started which, and who joined whom; lives.py is what is known of each thread
lock_order.py      which lock was taken while which was held
happens_before.py  what happened before what, thread by thread
render.py          from the source to a file, and which programs do that
"""
