"""Exercises: a function of the library as a file to complete, and a check that says what is wrong and where.

write_exercise(exercise_named("dense-backward"), Path("mine.py"))
for checked in check_file(Path("mine.py")): print(checked.ok, checked.findings)
"""
