"""How dates look and are read, by language: d/m/Y, as people in France write them."""
