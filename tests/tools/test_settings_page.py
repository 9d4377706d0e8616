"""The README tells every setting; none of them is a secret, and none shows one."""

import msgspec

from interfaces.settings import Settings
from tools.settings_page import README, table, written


def test_the_readme_has_today_s_settings() -> None:
    """When it has not: ``python -m tools.settings_page``."""
    page = README.read_text()
    assert written(page) == page


def test_every_setting_is_explained_and_none_holds_a_secret() -> None:
    rows = table().splitlines()[2:]
    fields = msgspec.structs.fields(Settings)
    assert len(rows) == len(fields)
    for row, field in zip(rows, fields, strict=True):
        assert row.rsplit("|", 2)[1].strip()
        words = set(field.name.split("_"))
        # A secret stands in a file of its own: environments are shown by ps and in dumps.
        if words & {"secret", "passphrase", "pin", "password", "token"}:
            assert words & {"file", "pkcs11"}, field.name
