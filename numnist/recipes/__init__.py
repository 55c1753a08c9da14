"""Recipes that come with numnist, one TOML file each; see numnist/recipe.py."""
