// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ComplianceModule} from "./ComplianceModule.sol";
import {IComplianceModule} from "../interfaces/IComplianceModule.sol";
import {IERC3643Token} from "../interfaces/IERC3643Token.sol";

/**
 * @title What each holder has in all wallets together
 * @notice A holder is the identity behind a wallet, or the wallet itself while it has none.
 *
 * After each move the module reads both wallets' balances and identities anew and moves what it
 * counts for them. It never adds up amounts, so it cannot drift from the token. A wallet that was
 * given another identity is counted for the new one from its next move on, or from `count`.
 *
 * Added to a token that has holders already, it refuses every move until all of them have been
 * counted, that is until what it has counted is the token's supply.
 */
abstract contract HolderModule is ComplianceModule {
    /// @dev What a wallet was seen with last, and for whom it is counted.
    struct Wallet {
        address holder;
        uint256 balance;
    }

    struct Book {
        uint256 holders;
        uint256 counted;
        mapping(address holder => uint256) holdings;
        mapping(address wallet => Wallet) wallets;
    }

    mapping(address compliance => mapping(uint256 term => Book)) private _books;

    /// @notice Counts wallets anew, after their identity changed or the module was added.
    function count(address compliance, address[] calldata wallets) external {
        if (!isComplianceBound(compliance)) revert ModuleComplianceNotBound(compliance);
        Book storage book = _book(compliance);
        IERC3643Token token = _token(compliance);
        for (uint256 index = 0; index < wallets.length; ++index) {
            (uint256 before, uint256 present) = _count(book, token, wallets[index]);
            if (present != before) book.counted = book.counted - before + present;
        }
    }

    /// @notice Whether everybody who has units of the token has been counted.
    function isComplete(address compliance) public view returns (bool) {
        return _book(compliance).counted == _token(compliance).totalSupply();
    }

    /// @notice How many holders have anything.
    function holderCount(address compliance) public view returns (uint256) {
        return _book(compliance).holders;
    }

    /// @notice What the holder behind `wallet` has in all wallets together.
    function holdingOf(address compliance, address wallet) public view returns (uint256) {
        Book storage book = _book(compliance);
        address holder = _holderOf(_token(compliance), wallet);
        Wallet storage counted = book.wallets[wallet];
        // A wallet that changed hands and has not moved since is counted for its former holder.
        uint256 behind = counted.holder == holder ? 0 : counted.balance;
        return book.holdings[holder] + behind;
    }

    /// @inheritdoc IComplianceModule
    function canComplianceBind(address compliance) external view override returns (bool) {
        return address(_token(compliance)) != address(0);
    }

    /// @inheritdoc IComplianceModule
    function isPlugAndPlay() external pure override returns (bool) {
        return false;
    }

    /// @dev Whether both wallets belong to one holder, so that a move between them changes nothing.
    function _isSameHolder(address compliance, address from, address to)
        internal
        view
        returns (bool)
    {
        if (from == address(0)) return false;
        IERC3643Token token = _token(compliance);
        return _holderOf(token, from) == _holderOf(token, to);
    }

    function _moved(address compliance, address from, address to, uint256) internal override {
        Book storage book = _book(compliance);
        IERC3643Token token = _token(compliance);
        (uint256 sentBefore, uint256 sent) = _count(book, token, from);
        (uint256 receivedBefore, uint256 received) = _count(book, token, to);
        uint256 before = sentBefore + receivedBefore;
        uint256 present = sent + received;
        if (present != before) book.counted = book.counted - before + present;
    }

    /// @dev What the wallet was counted with, and what it is counted with now.
    function _count(Book storage book, IERC3643Token token, address wallet)
        private
        returns (uint256, uint256)
    {
        if (wallet == address(0)) return (0, 0);
        Wallet memory before = book.wallets[wallet];
        Wallet memory present =
            Wallet({holder: _holderOf(token, wallet), balance: token.balanceOf(wallet)});
        book.wallets[wallet] = present;
        if (before.holder == present.holder) {
            _change(book, present.holder, before.balance, present.balance);
        } else {
            _change(book, before.holder, before.balance, 0);
            _change(book, present.holder, 0, present.balance);
        }
        return (before.balance, present.balance);
    }

    /// @dev Takes `less` from what a holder has and adds `more`.
    function _change(Book storage book, address holder, uint256 less, uint256 more) private {
        uint256 before = book.holdings[holder];
        uint256 present = before - less + more;
        if (present == before) return;
        book.holdings[holder] = present;
        if (before == 0) ++book.holders;
        if (present == 0) --book.holders;
    }

    function _book(address compliance) private view returns (Book storage) {
        return _books[compliance][_term(compliance)];
    }

    function _holderOf(IERC3643Token token, address wallet) private view returns (address) {
        address identity = _registry(token).identity(wallet);
        return identity == address(0) ? wallet : identity;
    }
}
