"""What every vault and every store of documents must do."""

from typing import Protocol

import msgspec
import pytest

from application.ports.world import Documents, KeyErased, Vault
from interfaces.outbound.sealing import BoxDamaged


class ErasingVault(Vault, Protocol):
    """A vault that can also forget."""

    def erase(self, person: str) -> bool: ...


PLACE = ("subject:anna", "subject.created", "/email")


class VaultConformance:
    """Fixture to give: ``vault``."""

    def test_what_is_sealed_can_be_opened_in_its_place(self, vault: ErasingVault) -> None:
        sealed = vault.seal("anna", *PLACE, 'anna@example.com\n\t"ü"')
        assert vault.open(sealed, *PLACE) == 'anna@example.com\n\t"ü"'
        assert "anna" not in repr(sealed)

    def test_a_repeated_request_seals_the_same_box(self, vault: ErasingVault) -> None:
        """FORMATS 9: the same request under the same key is a repeat, sealed parts included."""
        one, two = (vault.seal("anna", *PLACE, "same") for _ in range(2))
        assert one == two

    def test_boxes_tell_nothing_about_other_values_places_and_people(
        self, vault: ErasingVault
    ) -> None:
        one = vault.seal("anna", *PLACE, "same")
        elsewhere = ("subject:anna", "subject.created", "/phone")
        others = (
            vault.seal("anna", *PLACE, "same."),
            vault.seal("anna", *elsewhere, "same"),
            vault.seal("bert", *PLACE, "same"),
        )
        for other in others:
            assert one.nonce != other.nonce
            assert one.box[:8] != other.box[:8]

    @pytest.mark.parametrize(
        "place",
        [
            ("subject:bert", "subject.created", "/email"),
            ("subject:anna", "subject.changed", "/email"),
            ("subject:anna", "subject.created", "/phone"),
        ],
    )
    def test_a_box_opens_nowhere_else(
        self, vault: ErasingVault, place: tuple[str, str, str]
    ) -> None:
        sealed = vault.seal("anna", *PLACE, "secret")
        with pytest.raises(BoxDamaged):
            vault.open(sealed, *place)

    def test_a_changed_box_does_not_open(self, vault: ErasingVault) -> None:
        sealed = vault.seal("anna", *PLACE, "secret")
        other = vault.seal("bert", *PLACE, "secret")
        for changed in (
            msgspec.structs.replace(sealed, box="AAAA" + sealed.box[4:]),
            msgspec.structs.replace(sealed, box="not base64"),
            msgspec.structs.replace(sealed, nonce=other.nonce),
            msgspec.structs.replace(sealed, sealed=other.sealed),
            msgspec.structs.replace(sealed, sealed="no such key"),
        ):
            with pytest.raises(BoxDamaged):
                vault.open(changed, *PLACE)

    def test_an_erased_person_stays_forgotten(self, vault: ErasingVault) -> None:
        old, other = vault.seal("anna", *PLACE, "old"), vault.seal("bert", *PLACE, "other")
        assert vault.erase("anna")
        assert not vault.erase("anna")
        with pytest.raises(KeyErased):
            vault.open(old, *PLACE)
        assert vault.open(other, *PLACE) == "other"
        new = vault.seal("anna", *PLACE, "new")
        assert new.sealed != old.sealed
        assert vault.open(new, *PLACE) == "new"
        with pytest.raises(KeyErased):
            vault.open(old, *PLACE)


class DocumentsConformance:
    """Fixture to give: ``documents``."""

    def test_a_document_is_found_by_its_digest(self, documents: Documents) -> None:
        content = b"%PDF\x00\xff" * 10_000
        digest = documents.put(content)
        assert documents.put(content) == digest
        assert documents.get(digest) == content
        assert documents.get("0" * 64) is None

    def test_the_digest_is_sha_256(self, documents: Documents) -> None:
        empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        assert documents.put(b"") == empty
        assert documents.get(empty) == b""
