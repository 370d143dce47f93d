"""What the house rules are made of; `check_house.py` runs them."""
