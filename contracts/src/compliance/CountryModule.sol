// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ComplianceModule} from "./ComplianceModule.sol";
import {IComplianceModule} from "../interfaces/IComplianceModule.sol";

/**
 * @title Countries whose residents may receive a token
 * @notice Either only those listed, or all but those listed. Only the receiver is looked at: nobody
 * is kept from selling because the list has changed. A holder of no known country receives nothing
 * under either kind of list; so does everybody while no list has been set.
 */
contract CountryModule is ComplianceModule {
    /// @dev Numeric codes of ISO 3166-1 end at 999: four words of bits hold them all.
    uint256 private constant WORDS = 4;
    uint16 private constant LAST = 999;

    struct List {
        bool denies;
        uint256[WORDS] bits;
    }

    mapping(address compliance => mapping(uint256 term => List)) private _lists;

    /// @notice From now on only (`allowed`), or all but (not `allowed`), these countries receive.
    event CountriesSet(address indexed compliance, bool allowed, uint16[] countries);

    /// @notice No country has this numeric code.
    error CountryUnknown(uint16 country);

    /**
     * @notice Puts another list in the place of the whole last one; called through the compliance.
     * @param allowed Whether the countries listed are the only ones, or else the ones left out.
     * @param countries Numeric codes of ISO 3166-1, from 1 to 999, in any order.
     */
    function setCountries(bool allowed, uint16[] calldata countries) external onlyBound {
        uint256[WORDS] memory bits;
        for (uint256 index = 0; index < countries.length; ++index) {
            uint16 country = countries[index];
            if (country == 0 || country > LAST) revert CountryUnknown(country);
            bits[country >> 8] |= uint256(1) << (country & 0xff);
        }
        _lists[msg.sender][_term(msg.sender)] = List({denies: !allowed, bits: bits});
        emit CountriesSet(msg.sender, allowed, countries);
    }

    /// @notice Whether residents of `country` may receive the token of `compliance`.
    function isAllowed(address compliance, uint16 country) public view returns (bool) {
        if (country == 0 || country > LAST) return false;
        List storage list = _lists[compliance][_term(compliance)];
        bool listed = (list.bits[country >> 8] >> (country & 0xff)) & 1 == 1;
        return listed != list.denies;
    }

    /// @inheritdoc IComplianceModule
    function moduleCheck(address, address to, uint256, address compliance)
        external
        view
        returns (bool)
    {
        return to == address(0)
            || isAllowed(compliance, _registry(_token(compliance)).investorCountry(to));
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
        return "CountryModule";
    }
}
