// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {CountryModule} from "../src/compliance/CountryModule.sol";
import {Suite} from "./Suite.sol";

contract CountryModuleTest is Suite {
    address private constant ALICE = address(0xA11CE);

    function setUp() public {
        _deploySuite();
        _admit(ALICE, BRITAIN);
    }

    function testMint() public {
        _token.mint(ALICE, 5);
        assertEqual("b", _token.balanceOf(ALICE), 5);
    }
}
