"""Phone numbers as people and messengers write them → E.164."""

import phonenumbers

REGION = "RU"  # of a number written without its country code


def e164(written: str, region: str = REGION) -> tuple[str, str]:
    """`("+79990001122", "")`, with the extension apart; two empty strings when it is no possible number."""
    try:
        number = phonenumbers.parse(written[:64], region)
    except phonenumbers.NumberParseException:
        return "", ""
    if not phonenumbers.is_possible_number(number):
        return "", ""
    extension, number.extension = number.extension or "", None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), extension


def international(digits: str) -> str:
    """As messengers give them, the country code first, with or without `+`; a phone book's «8 999…» too. Or empty."""
    return e164("+" + digits.strip().lstrip("+"))[0] or e164(digits)[0]
