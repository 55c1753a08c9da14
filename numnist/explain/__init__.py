"""Explaining layers, losses, optimizers and what else a training is made of: formula, source, and small numbers that
really run.

explanation = explanation_of("Dense")        its to_dict() for programs, its page() for people
"""

from numnist.explain.explanation import Explanation
from numnist.explain.explanations import explanation_of, index_page, layer_example, summaries

__all__ = ["Explanation", "explanation_of", "index_page", "layer_example", "summaries"]
