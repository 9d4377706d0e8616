// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ComplianceModule} from "./ComplianceModule.sol";
import {IComplianceModule} from "../interfaces/IComplianceModule.sol";

/**
 * @title Units that stay where they were minted until a time
 * @notice What is minted while a release time lies ahead is locked in its wallet until then. What
 * was received otherwise, or is released, is free at once: the locked units are a floor under the
 * wallet's balance, not a list of which units may go.
 *
 * An agent's forced move and a burn take free units first, then those that are released first. A
 * forced move (a recovery, an order of a court) takes the lock along: what was locked in one wallet
 * is locked in the other.
 */
contract LockUpModule is ComplianceModule {
    struct Lot {
        uint256 amount;
        uint64 release;
    }

    struct Book {
        uint64 release;
        mapping(address wallet => Lot[]) lots;
    }

    mapping(address compliance => mapping(uint256 term => Book)) private _books;

    /// @notice What is minted from now on is locked until `release`.
    event LockUpSet(address indexed compliance, uint64 release);

    /**
     * @notice Sets the release time of what is minted from now on; called through the compliance.
     * @param release Unix time in seconds; one that has passed locks nothing. Units minted before
     * keep the time that they were minted with.
     */
    function setLockUp(uint64 release) external onlyBound {
        _book(msg.sender).release = release;
        emit LockUpSet(msg.sender, release);
    }

    /// @notice Until when units minted now are locked.
    function releaseTime(address compliance) external view returns (uint64) {
        return _book(compliance).release;
    }

    /// @notice How many units of the wallet are locked now.
    function lockedOf(address compliance, address wallet) public view returns (uint256 locked) {
        Lot[] storage lots = _book(compliance).lots[wallet];
        for (uint256 index = 0; index < lots.length; ++index) {
            if (!_isReleased(lots[index].release)) locked += lots[index].amount;
        }
    }

    /// @notice The wallet's lots, the earliest release first; some may have been released.
    function lotsOf(address compliance, address wallet) external view returns (Lot[] memory) {
        return _book(compliance).lots[wallet];
    }

    /// @inheritdoc IComplianceModule
    function moduleCheck(address from, address, uint256 value, address compliance)
        external
        view
        returns (bool)
    {
        if (from == address(0)) return true;
        uint256 locked = lockedOf(compliance, from);
        if (locked == 0) return true;
        uint256 balance = _token(compliance).balanceOf(from);
        return locked <= balance && value <= balance - locked;
    }

    /// @inheritdoc IComplianceModule
    function canComplianceBind(address) external pure override returns (bool) {
        return true;
    }

    /// @inheritdoc IComplianceModule
    function isPlugAndPlay() external pure override returns (bool) {
        return true;
    }

    /// @inheritdoc IComplianceModule
    function name() external pure returns (string memory) {
        return "LockUpModule";
    }

    function _moved(address compliance, address from, address to, uint256 value) internal override {
        Book storage book = _book(compliance);
        if (from == address(0)) {
            _add(book.lots[to], value, book.release);
        } else if (from != to) {
            _follow(book, from, to, _token(compliance).balanceOf(from));
        }
    }

    /// @dev Takes the locks that the balance left behind no longer covers along to the receiver.
    function _follow(Book storage book, address from, address to, uint256 left) private {
        Lot[] storage lots = book.lots[from];
        // Released lots count here too: they stand first, and what is taken off them locks nothing.
        uint256 locked = 0;
        for (uint256 index = 0; index < lots.length; ++index) {
            locked += lots[index].amount;
        }
        uint256 uncovered = locked > left ? locked - left : 0;
        for (uint256 index = 0; uncovered != 0; ++index) {
            Lot storage lot = lots[index];
            uint256 part = uncovered < lot.amount ? uncovered : lot.amount;
            uncovered -= part;
            lot.amount -= part;
            if (to != address(0)) _add(book.lots[to], part, lot.release);
        }
        _prune(lots);
    }

    /// @dev Puts a lot in its place by release time; lots of one time are one lot.
    function _add(Lot[] storage lots, uint256 amount, uint64 release) private {
        if (_isReleased(release) || amount == 0) return;
        _prune(lots);
        uint256 place = lots.length;
        while (place != 0 && lots[place - 1].release >= release) --place;
        if (place < lots.length && lots[place].release == release) {
            lots[place].amount += amount;
            return;
        }
        lots.push();
        for (uint256 index = lots.length - 1; index > place; --index) {
            lots[index] = lots[index - 1];
        }
        lots[place] = Lot({amount: amount, release: release});
    }

    /// @dev Forgets lots that were released or are empty, and keeps the order of the others.
    function _prune(Lot[] storage lots) private {
        uint256 kept = 0;
        for (uint256 index = 0; index < lots.length; ++index) {
            Lot memory lot = lots[index];
            if (_isReleased(lot.release) || lot.amount == 0) continue;
            if (kept != index) lots[kept] = lot;
            ++kept;
        }
        while (lots.length > kept) lots.pop();
    }

    /// @dev A block's time is off by seconds at most; lock-ups are days.
    function _isReleased(uint64 release) private view returns (bool) {
        // forge-lint: disable-next-line(block-timestamp)
        return release <= block.timestamp;
    }

    function _book(address compliance) private view returns (Book storage) {
        return _books[compliance][_term(compliance)];
    }
}
