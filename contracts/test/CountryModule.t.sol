// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ComplianceModule} from "../src/compliance/ComplianceModule.sol";
import {CountryModule} from "../src/compliance/CountryModule.sol";
import {Suite} from "./Suite.sol";

contract CountryModuleTest is Suite {
    address private constant ALICE = address(0xA11CE);
    address private constant BERTA = address(0xBE27A);
    address private constant STRANGER = address(0xBAD);
    bytes private constant MINT_REFUSED = "Compliance not followed";
    bytes private constant TRANSFER_REFUSED = "Transfer not possible";

    CountryModule private _module;

    function setUp() public {
        _deploySuite();
        _module = new CountryModule();
        _admit(ALICE, BRITAIN);
        _admit(BERTA, AMERICA);
    }

    function testListedCountriesAloneReceive() public {
        _addModule(address(_module), _settings(true, BRITAIN, FRANCE));
        _token.mint(ALICE, 10);
        _expectWords(MINT_REFUSED);
        _token.mint(BERTA, 10);
        _expectWords(TRANSFER_REFUSED);
        CHEATS.prank(ALICE);
        _token.transfer(BERTA, 1);
        _registry.updateCountry(BERTA, FRANCE);
        _send(ALICE, BERTA, 1);
    }

    function testListedCountriesAloneDoNot() public {
        _addModule(address(_module), _settings(false, AMERICA, FRANCE));
        _token.mint(ALICE, 10);
        _expectWords(TRANSFER_REFUSED);
        CHEATS.prank(ALICE);
        _token.transfer(BERTA, 1);
        _registry.updateCountry(BERTA, 1);
        _send(ALICE, BERTA, 1);
    }

    function testNobodyIsKeptFromSellingWhenTheListChanges() public {
        _addModule(address(_module), _settings(true, BRITAIN, AMERICA));
        _token.mint(BERTA, 10);
        _compliance.callModuleFunction(_settings(true, BRITAIN, BRITAIN), address(_module));
        _send(BERTA, ALICE, 10);
        _token.burn(ALICE, 10);
    }

    function testANewListReplacesTheWholeLastOne() public {
        _addModule(address(_module), _settings(true, BRITAIN, FRANCE));
        CHEATS.expectEmit(true, true, true, true, address(_module));
        emit CountryModule.CountriesSet(address(_compliance), false, _pair(AMERICA, AMERICA));
        _compliance.callModuleFunction(_settings(false, AMERICA, AMERICA), address(_module));
        assertTrue("Britain", _allowed(BRITAIN));
        assertTrue("others", _allowed(1));
        assertTrue("not America", !_allowed(AMERICA));
    }

    function testAnUnknownCountryReceivesNothingUnderAnyList() public {
        _addModule(address(_module), _settings(false, AMERICA, AMERICA));
        assertTrue("not registered", !_asks(ALICE, STRANGER));
        assertTrue("none", !_allowed(0));
        assertTrue("the last code", _allowed(999));
        assertTrue("beyond all codes", !_allowed(1000));
        assertTrue("far beyond", !_allowed(type(uint16).max));
    }

    function testWithoutAListNobodyReceives() public {
        _compliance.addModule(address(_module));
        assertTrue("not even Britain", !_asks(BERTA, ALICE));
        assertTrue("but anything may be burned", _asks(ALICE, address(0)));
    }

    function testNumbersThatAreNoCountryAreRefused() public {
        _compliance.addModule(address(_module));
        uint16[3] memory wrong = [uint16(0), 1000, type(uint16).max];
        for (uint256 index = 0; index < wrong.length; ++index) {
            CHEATS.expectRevert(
                abi.encodeWithSelector(CountryModule.CountryUnknown.selector, wrong[index])
            );
            CHEATS.prank(address(_compliance));
            _module.setCountries(true, _pair(BRITAIN, wrong[index]));
        }
    }

    function testFuzzItLetsThroughWhatTheListSays(bool allowed, uint16[] memory seeds, uint16 seed)
        public
    {
        uint16 asked = uint16(within(seed, 1, 999));
        bool listed = false;
        for (uint256 index = 0; index < seeds.length; ++index) {
            seeds[index] = uint16(within(seeds[index], 1, 999));
            if (seeds[index] == asked) listed = true;
        }
        _addModule(address(_module), abi.encodeCall(CountryModule.setCountries, (allowed, seeds)));
        assertTrue("as listed", _allowed(asked) == (listed == allowed));
        _registry.updateCountry(ALICE, asked);
        assertTrue("so the receiver", _asks(BERTA, ALICE) == (listed == allowed));
    }

    // What every module has from ComplianceModule

    function testOnlyABoundComplianceChangesWhatIsKeptForIt() public {
        bytes memory refusal =
            abi.encodeWithSelector(ComplianceModule.ModuleComplianceNotBound.selector, STRANGER);
        bytes[5] memory calls = [
            _settings(true, BRITAIN, BRITAIN),
            abi.encodeCall(_module.moduleTransferAction, (ALICE, BERTA, 1)),
            abi.encodeCall(_module.moduleMintAction, (ALICE, 1)),
            abi.encodeCall(_module.moduleBurnAction, (ALICE, 1)),
            abi.encodeCall(_module.unbindCompliance, (STRANGER))
        ];
        _addModule(address(_module), _settings(true, FRANCE, FRANCE));
        for (uint256 index = 0; index < calls.length; ++index) {
            CHEATS.prank(STRANGER);
            (bool done, bytes memory answer) = address(_module).call(calls[index]);
            assertTrue("refused", !done && keccak256(answer) == keccak256(refusal));
        }
        assertTrue("the list stands", _allowed(FRANCE) && !_allowed(BRITAIN));
    }

    function testAComplianceBindsAndUnbindsItselfAlone() public {
        address compliance = address(_compliance);
        bytes memory refusal = abi.encodeWithSelector(
            ComplianceModule.ModuleUnauthorized.selector, STRANGER, compliance
        );
        CHEATS.expectRevert(refusal);
        CHEATS.prank(STRANGER);
        _module.bindCompliance(compliance);
        CHEATS.prank(STRANGER);
        _module.bindCompliance(STRANGER);
        CHEATS.expectRevert(refusal);
        CHEATS.prank(STRANGER);
        _module.unbindCompliance(compliance);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ComplianceModule.ModuleComplianceBound.selector, STRANGER)
        );
        CHEATS.prank(STRANGER);
        _module.bindCompliance(STRANGER);
        assertTrue("only itself", !_module.isComplianceBound(compliance));
    }

    function testAModuleThatIsAddedAgainBeginsAnew() public {
        _addModule(address(_module), _settings(true, BRITAIN, FRANCE));
        assertTrue("bound", _module.isComplianceBound(address(_compliance)));
        _compliance.removeModule(address(_module));
        assertTrue("unbound", !_module.isComplianceBound(address(_compliance)));
        _compliance.addModule(address(_module));
        assertTrue("nothing is kept", !_allowed(BRITAIN));
    }

    function testTwoTokensDoNotMix() public {
        _addModule(address(_module), _settings(true, BRITAIN, BRITAIN));
        address first = address(_compliance);
        _deploySuite();
        _addModule(address(_module), _settings(true, FRANCE, FRANCE));
        assertTrue("the first keeps its list", _module.isAllowed(first, BRITAIN));
        assertTrue("the second has its own", !_allowed(BRITAIN) && _allowed(FRANCE));
        assertTrue("its name", keccak256(bytes(_module.name())) == keccak256("CountryModule"));
        assertTrue("fits anywhere", _module.isPlugAndPlay() && _module.canComplianceBind(first));
    }

    function _settings(bool allowed, uint16 one, uint16 other) private pure returns (bytes memory) {
        return abi.encodeCall(CountryModule.setCountries, (allowed, _pair(one, other)));
    }

    function _pair(uint16 one, uint16 other) private pure returns (uint16[] memory countries) {
        countries = new uint16[](2);
        (countries[0], countries[1]) = (one, other);
    }

    function _allowed(uint16 country) private view returns (bool) {
        return _module.isAllowed(address(_compliance), country);
    }

    function _asks(address from, address to) private view returns (bool) {
        return _module.moduleCheck(from, to, 1, address(_compliance));
    }
}
