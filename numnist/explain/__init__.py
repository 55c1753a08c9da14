"""Explaining layers, losses and optimizers: formula, source, and small numbers that really run.

explanation = explanation_of("Dense")        its to_dict() for programs, its page() for people
"""

from numnist.explain.explanations import Explanation, explanation_of, index_page, layer_example, summaries

__all__ = ["Explanation", "explanation_of", "index_page", "layer_example", "summaries"]
