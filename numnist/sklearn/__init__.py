"""Networks as estimators of scikit-learn: for pipelines, grid searches and cross-validation.

    from numnist.sklearn import NumnistClassifier
    cross_val_score(NumnistClassifier(hidden=(64,), random_state=0), X, y)

Needs scikit-learn: the extra "sklearn".
"""

from numnist.sklearn.classifier import NumnistClassifier
from numnist.sklearn.regressor import NumnistRegressor

__all__ = ["NumnistClassifier", "NumnistRegressor"]
