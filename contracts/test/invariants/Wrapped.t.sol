// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {WrappedToken} from "../../src/WrappedToken.sol";
import {Suite} from "../Suite.sol";

/// @title Everything that can happen around a wrapper: its holders, the token's agent, donors
contract WrappedHandler is Suite {
    uint256 private constant ACTORS = 4;
    uint256 private constant ISSUED = 1_000_000;

    WrappedToken public immutable wrapped;
    uint256 public wraps;
    uint256 public taken;

    constructor() {
        _deploySuite();
        wrapped = new WrappedToken(_token, "Wrapped", "w");
        _admit(address(wrapped), BRITAIN);
        for (uint256 index = 0; index < ACTORS; ++index) {
            _admit(actor(index), BRITAIN);
            _token.mint(actor(index), ISSUED);
            CHEATS.prank(actor(index));
            _token.approve(address(wrapped), type(uint256).max);
        }
    }

    function wrap(uint256 who, uint256 amount) external {
        amount = within(amount, 0, _token.balanceOf(actor(who)));
        CHEATS.prank(actor(who));
        try wrapped.wrap(amount) {
            ++wraps;
        } catch {}
    }

    function unwrap(uint256 who, uint256 amount) external {
        amount = within(amount, 0, wrapped.balanceOf(actor(who)));
        CHEATS.prank(actor(who));
        try wrapped.unwrap(amount) {} catch {}
    }

    function pass(uint256 from, uint256 to, uint256 amount) external {
        amount = within(amount, 0, wrapped.balanceOf(actor(from)));
        CHEATS.prank(actor(from));
        try wrapped.transfer(actor(to), amount) {} catch {}
    }

    function donate(uint256 who, uint256 amount) external {
        amount = within(amount, 0, _token.balanceOf(actor(who)));
        CHEATS.prank(actor(who));
        try _token.transfer(address(wrapped), amount) {} catch {}
    }

    function assign(uint256 who, uint256 amount) external {
        amount = within(amount, 0, wrapped.balanceOf(address(wrapped)));
        try wrapped.assign(actor(who), amount) {} catch {}
    }

    function forcedUnwrap(uint256 who, uint256 to, uint256 amount) external {
        amount = within(amount, 0, wrapped.balanceOf(actor(who)));
        try wrapped.forcedUnwrap(actor(who), actor(to), amount) {} catch {}
    }

    /// @dev What an agent does without telling the wrapper.
    function take(uint256 to, uint256 amount) external {
        // Rarely, or nothing else would ever happen.
        if (amount % 8 != 0) return;
        amount = within(amount, 0, wrapped.totalSupply());
        if (amount == 0) return;
        ++taken;
        _token.forcedTransfer(address(wrapped), actor(to), amount);
    }

    function writeOff(uint256 who, uint256 amount) external {
        if (!isShort()) return;
        uint256 missing = credited() - held();
        uint256 most = wrapped.balanceOf(actor(who));
        amount = within(amount, 0, most < missing ? most : missing);
        wrapped.writeOff(actor(who), amount);
    }

    function freeze(uint256 who, bool frozen) external {
        _token.setAddressFrozen(actor(who), frozen);
    }

    function setPaused(uint256 seed) external {
        bool wanted = seed % 4 == 0;
        if (_token.paused() == wanted) return;
        if (wanted) _token.pause();
        else _token.unpause();
    }

    /// @dev The sum of what holders have been credited with.
    function credited() public view returns (uint256 sum) {
        for (uint256 index = 0; index < ACTORS; ++index) {
            sum += wrapped.balanceOf(actor(index));
        }
    }

    function held() public view returns (uint256) {
        return _token.balanceOf(address(wrapped));
    }

    function isShort() public view returns (bool) {
        return credited() > held();
    }

    function issued() external view returns (bool) {
        return _token.totalSupply() == ACTORS * ISSUED;
    }

    function actor(uint256 who) public pure returns (address) {
        return address(uint160(0xB000 + who % ACTORS));
    }
}

contract WrappedInvariants is Suite {
    WrappedHandler private _handler;

    function setUp() public {
        _handler = new WrappedHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariantTheSupplyIsWhatTheWrapperHolds() public view {
        assertEqual("supply", _handler.wrapped().totalSupply(), _handler.held());
        assertTrue("nothing is made beneath", _handler.issued());
    }

    function invariantBalancesAddUpToTheSupply() public view {
        WrappedToken wrapped = _handler.wrapped();
        uint256 sum = _handler.credited() + wrapped.balanceOf(address(wrapped));
        // Holders were credited with more only while an agent's taking is not written off.
        if (_handler.isShort()) assertTrue("taken", _handler.taken() != 0);
        else assertEqual("sum", sum, wrapped.totalSupply());
    }
}
