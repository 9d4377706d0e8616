"""What every store of documents of persons must do."""

from typing import Protocol

import pytest

from application.ports.documents import PersonalDocuments
from application.ports.world import KeyErased

SCAN = b"\x89PNG the scan of a passport" * 1000


class ErasingVault(Protocol):
    """A vault that can forget."""

    def erase(self, person: str) -> bool: ...


Kept = tuple[PersonalDocuments, ErasingVault]


class PersonalDocumentsConformance:
    """Fixture to give: ``kept``, the store and the vault whose keys it seals with."""

    @pytest.mark.capability("CP8", part="documents")
    def test_a_document_is_found_by_person_and_digest(self, kept: Kept) -> None:
        documents, _ = kept
        facts = documents.put("anna", SCAN, "image/png")
        assert documents.put("anna", SCAN, "image/png") == facts
        assert (facts.media_type, facts.size, len(facts.digest)) == ("image/png", len(SCAN), 64)
        assert documents.describe("anna", facts.digest) == facts
        assert documents.get("anna", facts.digest) == SCAN

    def test_documents_of_others_are_not_there(self, kept: Kept) -> None:
        documents, _ = kept
        digest = documents.put("anna", SCAN, "image/png").digest
        assert documents.describe("bert", digest) is None
        assert documents.get("bert", digest) is None
        documents.put("bert", SCAN, "image/png")
        assert documents.get("bert", digest) == SCAN

    @pytest.mark.capability("CP8", part="documents")
    def test_without_its_key_a_document_stays_closed(self, kept: Kept) -> None:
        documents, vault = kept
        digest = documents.put("anna", SCAN, "image/png").digest
        other = documents.put("bert", SCAN, "image/png").digest
        vault.erase("anna")
        with pytest.raises(KeyErased):
            documents.get("anna", digest)
        assert documents.get("bert", other) == SCAN

    def test_documents_are_purged_with_their_person(self, kept: Kept) -> None:
        documents, _ = kept
        digest = documents.put("anna", SCAN, "image/png").digest
        documents.put("anna", SCAN + b"2", "image/png")
        documents.put("bert", SCAN, "image/png")
        assert documents.purge("anna") == 2
        assert documents.describe("anna", digest) is None
        assert documents.purge("anna") == 0
        assert documents.get("bert", digest) == SCAN
