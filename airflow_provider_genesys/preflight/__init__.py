"""What is missing before a run: found by reading alone, and told all at once.

A check is a small class with a name and ``look``; adding one is adding it to the list that the operator makes. What a
check needs of the jobs, such as reading an input or finding a definition by name, is handed in.
"""
