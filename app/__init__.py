"""Otklik: a small business's messages answered at once, registered in Bitrix24, and no promise missed in silence."""
