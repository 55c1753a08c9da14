"""A network as an estimator of scikit-learn: for pipelines, grid searches and cross-validation.

    from numnist.sklearn import NumnistClassifier
    cross_val_score(NumnistClassifier(hidden=(64,), random_state=0), X, y)

Needs scikit-learn: the extra "sklearn".
"""

from numnist.sklearn.classifier import NumnistClassifier

__all__ = ["NumnistClassifier"]
