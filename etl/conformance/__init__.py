"""Hold a declared system to every promise, against a simulator that follows from its declaration.

place      a folder, a clock and a server of their own, and the verbs as an account there has them
checks     what a check is, and what it may say: held, broken, or why it does not apply
reading, limits, credentials, writing      the promises
run        all of them, one after another; report      the score
pytest_plugin      each as a test
"""
