"""What is older than the patch: real locks and the like that modules, classes and objects keep already.

Replacing names reaches what is made later. What was made before by `logging`, by a package that was imported long ago,
or, inside a test runner, by anything at all is searched for in the objects that the garbage collector knows, and
something traced is put in its place wherever it is kept.
"""
