"""Sphinx's settings.  Nothing of the site comes from another host: fonts are the system's, scripts are Sphinx's own."""

from __future__ import annotations

from typing import Any

import numnist
from website.docstrings import foreign, process
from website.signatures import process_signature

project = "numnist"
author = "The numnist authors"
copyright = author
version = release = numnist.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["extra"]
myst_heading_anchors = 4  # as forges make them
myst_enable_extensions = ["attrs_inline"]
default_role = "literal"
smartquotes = False  # which would make a dash of the two hyphens of an option

autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False  # what a layer does not describe itself is in the description of Layer
autodoc_typehints = "signature"
add_module_names = False
maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"
viewcode_follow_imported_members = True  # numnist.Dense is defined in numnist/nn/dense.py

html_theme = "furo"
html_title = f"numnist {release}"
html_theme_options = {
    "light_css_variables": {"color-code-background": "#f5f6f8"},
    "dark_css_variables": {"color-code-background": "#202326"},
}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_show_search_summary = False  # would be fetched, which browsers refuse to pages from disk
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def setup(app: Any) -> None:
    """Let docstrings be read in the house's layout, and leave out what other libraries put into our classes."""
    app.connect("autodoc-process-docstring", process)
    app.connect("autodoc-process-signature", process_signature)
    app.connect("autodoc-skip-member", foreign)
