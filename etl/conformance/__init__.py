"""Hold a declared system to every promise, against a simulator that follows from its declaration.

place         a folder, a clock and a server of their own, and the verbs as an account there has them
checks        what a check is, and what it may say: held, broken, or why it does not apply
reading       the promises of a stream; lists what a server may do wrong with one, tables what a trial left
limits        those of limits and credentials
writing       those of a target; pushed a target on trial, rows what is sent to it
run           all of them, one after another; report the score
pytest_plugin each as a test
"""
