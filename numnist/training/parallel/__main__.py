"""python -m numnist.training.parallel: a rank in a process of its own (see process.py)."""

from numnist.training.parallel import process

if __name__ == "__main__":
    process.main()
