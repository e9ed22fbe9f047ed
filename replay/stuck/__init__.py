"""Finds threads that can never go on while others still do: a partial deadlock, at the moment it happens.

search.py    which threads are lost: whoever nobody alive can release
reach.py     which objects the threads that are alive can get hold of
frames.py    what a suspended frame is still going to do
"""
