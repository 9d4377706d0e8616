"""The gateway to an EVM chain: reads, dry runs, signatures, broadcasts and receipts.

It repeats nothing and remembers nothing. Nonces, hashes and the raw bytes belong on the log and
in the chain worker's table before a broadcast; what to do after an error is the worker's decision.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol, TypeVar

from eth_abi.exceptions import DecodingError
from eth_typing import HexStr
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from interfaces.outbound.evm.abi import JsonValue, Native, decode_values
from interfaces.outbound.evm.artifacts import Artifacts
from interfaces.outbound.evm.calls import PlannedCall, calldata
from interfaces.outbound.evm.errors import ChainRefused, FeesAboveCap
from interfaces.outbound.evm.reverts import RevertDecoder
from interfaces.outbound.evm.rpc import RpcClient, RpcFault
from interfaces.outbound.evm.transactions import (
    Block,
    Broadcast,
    FeePolicy,
    Fees,
    Nonces,
    Outcome,
    Receipt,
    SignedTransaction,
    Transaction,
    Used,
)
from interfaces.outbound.evm.wire import FullBlock, RawBlock, RawReceipt, quantity
from interfaces.outbound.signer.secp256k1 import EvmSignature, EvmSigner, address_of, sign_with

Result = TypeVar("Result")
BlockId = int | str
LATEST: Final = "latest"
LOCAL_MONEY: Final = 10**19
PENDING: Final = "pending"
_WITHOUT_TRANSACTIONS: Final = False
_WITH_TRANSACTIONS: Final = True


class KeySource(Protocol):
    """Gives the private key of a purpose, such as ``anchorer``; a dictionary's getter will do."""

    def __call__(self, purpose: str, /) -> bytes:
        """Return the 32 bytes, or raise KeyError."""


_LOOK: Final[tuple[tuple[str, Outcome], ...]] = (
    ("already known", Outcome.ALREADY_KNOWN),
    ("already imported", Outcome.ALREADY_KNOWN),
    ("known transaction", Outcome.ALREADY_KNOWN),
    ("nonce too low", Outcome.NONCE_TOO_LOW),
    ("nonce is too low", Outcome.NONCE_TOO_LOW),
    ("underpriced", Outcome.UNDERPRICED),
    ("less than block base fee", Outcome.UNDERPRICED),
)
"""What nodes say, in their own words, when a transaction or its nonce is not new to them."""


class _OwnKeys:
    """Signs with private keys that somebody gives; satisfies ``EvmSigner``."""

    def __init__(self, keys: KeySource) -> None:
        self._keys = keys

    def evm_address(self, purpose: str) -> str:
        return address_of(self._keys(purpose))

    def sign_digest(self, purpose: str, digest: bytes, account: str | None = None) -> EvmSignature:
        key = self._keys(purpose)
        if account is not None and account.lower() != address_of(key):
            raise KeyError(account)
        return sign_with(key, digest)


class EvmGateway:
    """One chain over one JSON-RPC endpoint; for one thread at a time."""

    def __init__(
        self,
        url: str,
        *,
        keys: KeySource | EvmSigner,
        artifacts: Artifacts | None = None,
        policy: FeePolicy | None = None,
        timeout_seconds: float = 10.0,
    ) -> None:
        self._rpc = RpcClient(url, timeout_seconds=timeout_seconds)
        self._signer = keys if isinstance(keys, EvmSigner) else _OwnKeys(keys)
        self.artifacts = artifacts or Artifacts()
        self._policy = policy or FeePolicy()
        self._reverts: RevertDecoder | None = None

    def __enter__(self) -> "EvmGateway":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._rpc.close()

    # Reading the chain. Everything here raises ChainUnreachable when there is no answer.

    def chain_id(self) -> int:
        """Return the chain's number (EIP-155)."""
        return quantity(self._ask("eth_chainId", str))

    def block_number(self) -> int:
        """Return the height of the newest block."""
        return quantity(self._ask("eth_blockNumber", str))

    def block(self, block: BlockId = LATEST) -> Block | None:
        """Return a block by height or tag (``latest``, ``safe``, ``finalized``), or None."""
        found = self._rpc.find(
            "eth_getBlockByNumber", RawBlock, _block(block), _WITHOUT_TRANSACTIONS
        )
        return found.tidy() if found is not None else None

    def canonical_block_hash(self, number: int) -> str | None:
        """Return the hash of the block at this height now; None when the chain is shorter."""
        block = self.block(number)
        return block.block_hash if block is not None else None

    def nonce(self, address: str) -> Nonces:
        """Return the account's next nonce, after mined and after waiting transactions."""
        latest = self._ask("eth_getTransactionCount", str, address, LATEST)
        pending = self._ask("eth_getTransactionCount", str, address, PENDING)
        return Nonces(latest=quantity(latest), pending=quantity(pending))

    def balance(self, address: str) -> int:
        """Return the account's ether in wei."""
        return quantity(self._ask("eth_getBalance", str, address, LATEST))

    def endow(self, address: str, wei: int = LOCAL_MONEY) -> None:
        """Give an account play money where the chain is a local one; nothing elsewhere."""
        if self.balance(address):
            return
        with suppress(RpcFault):
            self._ask("anvil_setBalance", object, address, hex(wei))

    def has_code(self, address: str) -> bool:
        """Tell whether a contract lies at this address: on a reset node none does."""
        return self._ask("eth_getCode", str, address, LATEST) not in {"0x", ""}

    def fees(self) -> Fees:
        """Offer twice the newest block's base fee and the node's tip, both within the policy.

        Raises FeesAboveCap when the base fee alone with the tip is above the cap.
        """
        block = self.block(LATEST)
        base = block.base_fee if block is not None else 0
        tip = min(quantity(self._ask("eth_maxPriorityFeePerGas", str)), self._policy.tip_cap)
        if base + tip > self._policy.cap:
            raise FeesAboveCap(needed=base + tip, cap=self._policy.cap)
        return Fees(max_fee=min(2 * base + tip, self._policy.cap), max_priority_fee=tip)

    def allows(self, fees: Fees) -> bool:
        """Say whether fees stay within the policy."""
        policy = self._policy
        return fees.max_fee <= policy.cap and fees.max_priority_fee <= policy.tip_cap

    def receipt(self, transaction_hash: str) -> Receipt | None:
        """Return the receipt in the chain as it is now; None while (or again) not mined."""
        found = self._rpc.find("eth_getTransactionReceipt", RawReceipt, transaction_hash)
        return found.tidy() if found is not None else None

    def user_of(self, address: str, nonce: int) -> Used | None:
        """Return which transaction of an account used a nonce.

        None when none did, or when the node does not keep the states that lie so far back.
        Takes some ten questions: the block is found by the account's nonce before and after it.
        """
        try:
            number = self._first_behind(address, nonce)
        except RpcFault:
            return None
        if number is None:
            return None
        block = self._rpc.find("eth_getBlockByNumber", FullBlock, hex(number), _WITH_TRANSACTIONS)
        if block is None:
            return None
        for each in block.transactions:
            if (each.sender.lower(), quantity(each.nonce)) == (address.lower(), nonce):
                found = each.hash.lower()
                return Used(
                    transaction_hash=found, block_number=number, block_hash=block.hash.lower()
                )
        return None

    def _first_behind(self, address: str, nonce: int) -> int | None:
        """Find the block in which an account's nonce went past one: in growing steps, then halves.

        Raises RpcFault for a state that the node no longer has.
        """
        high = self.block_number()
        if self._count(address, high) <= nonce:
            return None
        low, step = high - 1, 1
        while low >= 0 and self._count(address, low) > nonce:
            high, step = low, 2 * step
            low = max(low - step, -1 if low == 0 else 0)
        while high - low > 1:
            middle = (low + high) // 2
            if self._count(address, middle) > nonce:
                high = middle
            else:
                low = middle
        return high

    def _count(self, address: str, block: int) -> int:
        return quantity(self._ask("eth_getTransactionCount", str, address, hex(block)))

    def is_known(self, transaction_hash: str) -> bool:
        """Tell whether the node has the transaction, mined or waiting."""
        found = self._rpc.find("eth_getTransactionByHash", dict[str, object], transaction_hash)
        return found is not None

    # Calls: nothing of these is written.

    def call(
        self, call: PlannedCall, *, sender: str | None = None, block: BlockId = LATEST
    ) -> tuple[Native, ...]:
        """Ask a contract and decode what it returns.

        Raises ChainRefused when it reverts, or when no such contract lies at the address.
        """
        entry = self.artifacts.of(call.contract).entry(
            "function", call.function, len(call.arguments)
        )
        returned = self._dry_run(call, sender=sender, block=block)
        try:
            return decode_values(entry.outputs, returned)
        except DecodingError as error:
            where = {"contract": call.contract, "address": call.target or ""}
            raise ChainRefused("NoSuchContract", where) from error

    def simulate(self, call: PlannedCall, *, sender: str, block: BlockId = LATEST) -> None:
        """Run a planned call on a block's state without writing. Raises ChainRefused with why."""
        self._dry_run(call, sender=sender, block=block)

    def estimate_gas(self, call: PlannedCall, *, sender: str) -> int:
        """Return what the call takes, with a fifth on top. Raises ChainRefused when it reverts.

        The fifth covers storage that another transaction touches in between.
        """
        message = self._message(call, sender)
        used = quantity(self._explained(lambda: self._ask("eth_estimateGas", str, message)))
        return used * 6 // 5

    # Writing.

    def address(self, purpose: str) -> str:
        """Return the account of a key, in lower case."""
        return self._signer.evm_address(purpose)

    def sign(
        self, purpose: str, transaction: Transaction, *, account: str | None = None
    ) -> SignedTransaction:
        """Sign with the key of a purpose. The same input gives the same bytes (RFC 6979).

        With an account, with the key of that one: the present one, an old one or the next.
        Raises KeyError when there is none.
        """
        # Heavy, and only for who signs: most processes never do.
        from eth_account.typed_transactions.typed_transaction import (  # noqa: PLC0415
            TypedTransaction,
        )
        from eth_account.types import TransactionDictType  # noqa: PLC0415

        fields: TransactionDictType = {
            "type": 2,
            "chainId": transaction.chain_id,
            "nonce": transaction.nonce,
            "to": HexStr(to_checksum_address(transaction.to) if transaction.to else ""),
            "value": transaction.value,
            "data": transaction.data,
            "gas": transaction.gas,
            "maxFeePerGas": transaction.fees.max_fee,
            "maxPriorityFeePerGas": transaction.fees.max_priority_fee,
        }
        unsigned = TypedTransaction.from_dict(fields)
        signed = self._signer.sign_digest(purpose, bytes(unsigned.hash()), account)
        numbers = {"v": signed.parity, "r": signed.r, "s": signed.s}
        raw = bytes(TypedTransaction.from_dict({**unsigned.as_dict(), **numbers}).encode())
        return SignedTransaction(raw=raw, transaction_hash=transaction_hash(raw))

    def calldata(self, call: PlannedCall) -> bytes:
        """Encode a planned call. Raises MalformedCall."""
        return calldata(call, self.artifacts)

    def broadcast(self, raw: bytes) -> Broadcast:
        """Give signed bytes to the node, once; repeating it is harmless.

        Raises ChainRefused when the node will not take them (no ether, fee too low), and
        ChainUnreachable when it does not answer: then they may have gone out all the same.
        """
        own_hash = transaction_hash(raw)
        try:
            self._ask("eth_sendRawTransaction", str, "0x" + raw.hex())
        except RpcFault as fault:
            words = fault.message.lower()
            for part, outcome in _LOOK:
                if part in words:
                    return Broadcast(
                        transaction_hash=own_hash, outcome=outcome, message=fault.message
                    )
            raise self._refusal(fault) from fault
        return Broadcast(transaction_hash=own_hash, outcome=Outcome.ACCEPTED)

    def _dry_run(self, call: PlannedCall, *, sender: str | None, block: BlockId) -> bytes:
        message = self._message(call, sender)
        answer = self._explained(lambda: self._ask("eth_call", str, message, _block(block)))
        return bytes.fromhex(answer.removeprefix("0x"))

    def _message(self, call: PlannedCall, sender: str | None) -> dict[str, JsonValue]:
        fields: dict[str, JsonValue] = {"data": "0x" + self.calldata(call).hex()}
        if call.target is not None:
            fields["to"] = call.target
        if sender is not None:
            fields["from"] = sender
        return fields

    def _ask(self, method: str, kind: type[Result], *params: JsonValue) -> Result:
        return self._rpc.request(method, kind, *params)

    def _explained(self, ask: Callable[[], Result]) -> Result:
        try:
            return ask()
        except RpcFault as fault:
            raise self._refusal(fault) from fault

    def _refusal(self, fault: RpcFault) -> ChainRefused:
        # Built on first need: it reads every artifact, which a healthy run never asks for.
        if self._reverts is None:
            self._reverts = RevertDecoder(self.artifacts.all())
        return self._reverts.refusal(fault.message, fault.revert_data())


def transaction_hash(raw: bytes) -> str:
    """Return the hash under which the chain knows these signed bytes."""
    return "0x" + keccak(raw).hex()


def _block(block: BlockId) -> str:
    return hex(block) if isinstance(block, int) else block
