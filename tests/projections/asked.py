"""Every query that there is, asked once with all its conditions."""

from typing import Any

from projections.access import queries as access
from projections.accounts import queries as accounts
from projections.affiliations import queries as affiliations
from projections.anchors import queries as anchors
from projections.audit import queries as audit
from projections.businesses import queries as businesses
from projections.cases import queries as cases
from projections.chain_facts import queries as chain_facts
from projections.chain_writes import queries as chain_writes
from projections.changes import queries as changes
from projections.checks import queries as checks
from projections.clocks import queries as clocks
from projections.deadlines import queries as deadlines
from projections.delegations import queries as delegations
from projections.holders import queries as holders
from projections.invoices import queries as invoices
from projections.issuers import queries as issuers
from projections.kyc_queue import queries as kyc_queue
from projections.legal_holds import queries as legal_holds
from projections.mails import queries as mails
from projections.marketplace import queries as marketplace
from projections.payments import queries as payments
from projections.profiles import queries as profiles
from projections.query import Query
from projections.reconciliations import queries as reconciliations
from projections.requests import queries as requests
from projections.subjects import queries as subjects
from projections.tokens import queries as tokens
from projections.trades import queries as trades
from projections.wallets import queries as wallets
from projections.work_items import queries as work_items
from tests.projections.tale import INVOICE, TOKEN

CASH = "account:pennine/cash/GBP"

QUERIES: tuple[Query[Any], ...] = (
    accounts.account(CASH),
    accounts.account_at(CASH, 200),
    accounts.accounts_at(
        accounts.AccountFilter(owner="a", purpose="cash", asset="GBP"), 200, after="a"
    ),
    accounts.accounts(accounts.AccountFilter(owner="a", purpose="cash", asset="GBP"), after="a"),
    accounts.entries(CASH, as_of=300, after=200),
    accounts.entry_at(CASH, 200),
    accounts.holds(owner="pennine", stream=CASH, after=9),
    accounts.holders_at(TOKEN, 9, after="a"),
    accounts.unbalanced(),
    accounts.units_held("pennine", after="a"),
    affiliations.pipeline("bree", after=3),
    affiliations.tenant_sums("paul"),
    anchors.anchors(state="CONFIRMED", after=9),
    anchors.covering_anchor(4),
    cases.record("c0"),
    cases.records(cases.CaseFilter(subject="a", state="OPEN", kind="review"), after=9),
    clocks.breached_clocks(),
    clocks.clocks(
        clocks.ClockFilter(
            audience="operations", state="RUNNING", standing="LATE", level="gate1", target="a"
        ),
        after=9,
    ),
    clocks.due_clocks("2026-05-22T10:42:00.000000Z"),
    checks.check_by_reference("sumsub", "sumsub-1"),
    checks.checks(
        checks.CheckFilter(subject="a", gate="identity", state="FAILED", provider="sumsub"), after=9
    ),
    kyc_queue.application("a.1"),
    kyc_queue.applications(
        kyc_queue.ApplicationFilter(
            state="PENDING", subject="a", submitted_from="2026", submitted_until="2027"
        ),
        after="2026",
    ),
    anchors.latest_confirmed_anchor(),
    anchors.latest_planned_anchor(),
    audit.audit_trail(
        audit.AuditFilter(
            stream="s",
            actor="a",
            type="t",
            command="c",
            correlation="c",
            cause=1,
            at_from="2026",
            at_until="2027",
        ),
        after=4,
    ),
    audit.audit_trail(audit.AuditFilter(), after=4, descending=True),
    audit.last_event_at("2026-06-01T00:00:00.000000Z"),
    businesses.business("harbour-lights"),
    businesses.businesses(
        businesses.BusinessFilter(state="ACTIVE", owner="o", country="GB"), after=3
    ),
    chain_facts.chain_facts(
        chain_facts.ChainFactFilter(
            token="t", contract="0x", event="Transfer", state="OBSERVED", transaction="0x"
        ),
        after=4,
    ),
    chain_facts.observed_behind(31337, 4, after=4),
    chain_writes.chain_write(f"suite/{TOKEN}"),
    chain_writes.chain_writes(
        chain_writes.ChainWriteFilter(
            state="MINED", purpose="p", reference="r", token="t", signer="s", transaction="0x"
        ),
        after=4,
    ),
    chain_writes.gas_ledger(purpose="mint", token=TOKEN),
    chain_writes.open_chain_writes(signer="token_agent", after=4),
    chain_writes.open_names(),
    chain_writes.names_of_purpose("suite"),
    chain_writes.ended_names(3),
    chain_writes.retracted_names(),
    chain_writes.chain_transactions(
        chain_writes.ChainTransactionFilter(write=f"suite/{TOKEN}", state="MINED"), after=400
    ),
    chain_writes.writes_by_state(),
    changes.changes(after=3, until=9),
    changes.ledger_entries("account", after="a"),
    changes.ledger_entry("invoice", INVOICE),
    deadlines.deadlines_of(INVOICE),
    deadlines.due("2026-07-14T09:00:00.000000Z"),
    deadlines.next_deadline(),
    holders.holders(TOKEN, holder="pennine", after="a"),
    holders.holders_at(TOKEN, 200, holder="pennine", after="a"),
    holders.holdings("pennine", after="a"),
    holders.registered(TOKEN, after="a"),
    invoices.invoice(INVOICE),
    invoices.invoices(
        invoices.InvoiceFilter(
            party="a",
            state="LISTED",
            seller="a",
            buyer="b",
            lender="c",
            currency="GBP",
            due_from="2026-01-01",
            due_until="2027-01-01",
        ),
        after=4,
    ),
    invoices.invoices_named([INVOICE, "none"]),
    invoices.invoices_of_tokens([TOKEN]),
    invoices.timeline(INVOICE, after=4),
    mails.mail("C1/x/y"),
    mails.mails(
        mails.MailFilter(state="SENT", template="C1", recipient="a", reference="r"), after=4
    ),
    mails.unsent_mails(after=4),
    issuers.issuers(subject="s", state="REQUESTED", after=3),
    marketplace.listing("L"),
    marketplace.listings(
        marketplace.ListingFilter(
            state="SOLD",
            token="t",
            invoice="i",
            seller="s",
            currency="GBP",
            price_least=1,
            price_most=2,
            due_from="2026-01-01",
            due_until="2027-01-01",
            yield_bps_least=1,
        ),
        after=4,
    ),
    marketplace.offers(
        marketplace.OfferFilter(
            face_least=1,
            face_most=2,
            due_from="2026-01-01",
            due_until="2027-01-01",
            discount_bps_least=1,
            discount_bps_most=300,
            buyer="b",
            seller="s",
            currency="GBP",
        ),
        after=4,
    ),
    payments.payment("p"),
    payments.payment_by_end_to_end("e"),
    payments.payments(state="SETTLED", reference="r", payee="p", after=4),
    payments.receipt("r"),
    payments.receipts(state="MATCHED", reference="r", after=4),
    payments.unanswered_payments(after=4),
    access.api_key("k1"),
    access.api_key_by_digest("d"),
    access.api_keys(subject="pennine", after="a"),
    access.user("u1"),
    accounts.open_accounts("pennine"),
    invoices.open_invoices("pennine"),
    legal_holds.legal_holds(subject="mona", after=3),
    access.users(access.UserFilter(state="ACTIVE", subject="pennine"), after="a"),
    delegations.delegations(sub_admin="sue", after=3),
    delegations.standing("sue"),
    requests.request("give-1"),
    requests.requests(
        requests.RequestFilter(state="REQUESTED", kind="k", maker="m", kinds=("k",)), after=3
    ),
    requests.signing_keys("ann", after=3),
    subjects.subject("pennine"),
    subjects.subject_of_wallet("0xAB"),
    subjects.subjects(
        subjects.SubjectFilter(state="ACTIVE", role="lender", kind="person", country="GB"),
        after="a",
    ),
    tokens.operation("t", 1),
    tokens.operations("t", state="DONE", after=1),
    tokens.token("t"),
    tokens.tokens(tokens.TokenFilter(state="MINTED", invoice="i", paused=False), after=4),
    profiles.profile("coppergate"),
    reconciliations.broken_tokens(),
    reconciliations.due_tokens(),
    reconciliations.reconciliation(4),
    reconciliations.reconciliations(token=TOKEN, agrees=False, after=4),
    reconciliations.token_at("0x"),
    reconciliations.tokens_on_chain(token=TOKEN, after="a"),
    trades.trade("T1"),
    trades.trades(
        trades.TradeFilter(party="a", buyer="b", seller="s", state="x", token="t", listing="l"),
        after=4,
    ),
    trades.trades_named(["T1", "T2"]),
    wallets.wallets("coppergate", after="0x"),
    wallets.challenge("coppergate", "0x00"),
    work_items.work_items(process="p", code="c", after=4),
)
