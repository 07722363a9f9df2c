"""The messengers as the product meets them: what they take, what they refuse, what they tell back."""
