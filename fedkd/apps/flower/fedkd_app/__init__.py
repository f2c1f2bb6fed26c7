"""The Flower App of fedkd."""
