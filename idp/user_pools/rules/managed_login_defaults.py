"""The settings of a managed login style that nobody has changed: the colours of our own pages.

Colours are RRGGBBAA, in the members that the branding editor's documents have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Settings = dict[str, Any]


def _modes(light: Settings, dark: Settings) -> Settings:
    return {"lightMode": light, "darkMode": dark}


def _states(kinds: Sequence[str], **colours: tuple[str, ...]) -> Settings:
    """Colours by state: each name's colours stand in the order of the states."""
    return {
        state: {name: values[index] for name, values in colours.items()}
        for index, state in enumerate(kinds)
    }


_BAR = {
    "backgroundImage": {"enabled": False},
    "logo": {"enabled": False, "location": "START"},
    **_modes(
        {"background": {"color": "ffffffff"}, "borderColor": "dfe6e9ff"},
        {"background": {"color": "111b22ff"}, "borderColor": "22303aff"},
    ),
}
_INDICATORS = ("error", "pending", "success", "warning")
_BUTTON = ("active", "defaults", "disabled", "hover")
_PLAIN_BUTTON = ("active", "defaults", "hover")

DEFAULTS: Mapping[str, Settings] = {
    "categories": {
        "auth": {
            "authMethodOrder": [
                [
                    {"display": "BUTTON", "type": "FEDERATED"},
                    {"display": "INPUT", "type": "USERNAME_PASSWORD"},
                ]
            ],
            "federation": {"interfaceStyle": "BUTTON_LIST", "order": []},
        },
        "form": {
            "displayGraphics": True,
            "instructions": {"enabled": False},
            "languageSelector": {"enabled": False},
            "location": {"horizontal": "CENTER", "vertical": "CENTER"},
            "sessionTimerDisplay": "NONE",
        },
        "global": {
            "colorSchemeMode": "DYNAMIC",
            "pageFooter": {"enabled": False},
            "pageHeader": {"enabled": False},
            "spacingDensity": "REGULAR",
        },
        "signUp": {"acceptanceElements": [{"enforcement": "NONE", "textKey": "en"}]},
    },
    "componentClasses": {
        "buttons": {"borderRadius": 10},
        "divider": _modes({"borderColor": "dfe6e9ff"}, {"borderColor": "22303aff"}),
        "dropDown": {
            "borderRadius": 10,
            **_modes(
                {
                    "defaults": {"itemBackgroundColor": "ffffffff"},
                    "hover": {
                        "itemBackgroundColor": "f4f7f8ff",
                        "itemBorderColor": "74848dff",
                        "itemTextColor": "10212bff",
                    },
                    "match": {"itemBackgroundColor": "dcecefff", "itemTextColor": "0b6478ff"},
                },
                {
                    "defaults": {"itemBackgroundColor": "111b22ff"},
                    "hover": {
                        "itemBackgroundColor": "0c151bff",
                        "itemBorderColor": "61737eff",
                        "itemTextColor": "e9f0f3ff",
                    },
                    "match": {"itemBackgroundColor": "0f2a33ff", "itemTextColor": "5cc8d6ff"},
                },
            ),
        },
        "focusState": _modes({"borderColor": "17899bff"}, {"borderColor": "5cc8d6ff"}),
        "idpButtons": {"icons": {"enabled": True}},
        "input": {
            "borderRadius": 10,
            **_modes(
                {
                    "defaults": {"backgroundColor": "ffffffff", "borderColor": "74848dff"},
                    "placeholderColor": "53646eff",
                },
                {
                    "defaults": {"backgroundColor": "0c151bff", "borderColor": "61737eff"},
                    "placeholderColor": "9fb0baff",
                },
            ),
        },
        "inputDescription": _modes({"textColor": "53646eff"}, {"textColor": "9fb0baff"}),
        "inputLabel": _modes({"textColor": "10212bff"}, {"textColor": "e9f0f3ff"}),
        "link": _modes(
            _states(("defaults", "hover"), textColor=("0b6478ff", "084f60ff")),
            _states(("defaults", "hover"), textColor=("5cc8d6ff", "86dbe5ff")),
        ),
        "optionControls": _modes(
            {
                "defaults": {"backgroundColor": "ffffffff", "borderColor": "74848dff"},
                "selected": {"backgroundColor": "0b6478ff", "foregroundColor": "ffffffff"},
            },
            {
                "defaults": {"backgroundColor": "0c151bff", "borderColor": "61737eff"},
                "selected": {"backgroundColor": "127789ff", "foregroundColor": "ffffffff"},
            },
        ),
        "statusIndicator": _modes(
            _states(
                _INDICATORS,
                backgroundColor=("fdf1f0ff", "f4f7f8ff", "eef8f5ff", "fff8e6ff"),
                borderColor=("f2c8c4ff", "dfe6e9ff", "bfe3daff", "ecd9a6ff"),
                indicatorColor=("b3261eff", "53646eff", "0b5d52ff", "7a5300ff"),
            ),
            _states(
                _INDICATORS,
                backgroundColor=("2a1615ff", "0c151bff", "0f2420ff", "2a220fff"),
                borderColor=("5c2a27ff", "22303aff", "234d44ff", "5c4a1fff"),
                indicatorColor=("ffb4abff", "9fb0baff", "8fdcc8ff", "f0cf7aff"),
            ),
        ),
    },
    "components": {
        "alert": {
            "borderRadius": 10,
            **_modes(
                {"error": {"backgroundColor": "fdf1f0ff", "borderColor": "f2c8c4ff"}},
                {"error": {"backgroundColor": "2a1615ff", "borderColor": "5c2a27ff"}},
            ),
        },
        "favicon": {"enabledTypes": ["ICO", "SVG"]},
        "form": {
            "backgroundImage": {"enabled": False},
            "borderRadius": 10,
            "logo": {
                "enabled": False,
                "formInclusion": "IN",
                "location": "CENTER",
                "position": "TOP",
            },
            **_modes(
                {"backgroundColor": "ffffffff", "borderColor": "dfe6e9ff"},
                {"backgroundColor": "111b22ff", "borderColor": "22303aff"},
            ),
        },
        "idpButton": {
            "custom": {},
            "standard": _modes(
                _states(
                    _PLAIN_BUTTON,
                    backgroundColor=("dcecefff", "ffffffff", "f4f7f8ff"),
                    borderColor=("74848dff", "74848dff", "53646eff"),
                    textColor=("10212bff", "10212bff", "10212bff"),
                ),
                _states(
                    _PLAIN_BUTTON,
                    backgroundColor=("0f2a33ff", "0c151bff", "111b22ff"),
                    borderColor=("61737eff", "61737eff", "9fb0baff"),
                    textColor=("e9f0f3ff", "e9f0f3ff", "e9f0f3ff"),
                ),
            ),
        },
        "pageBackground": {
            "image": {"enabled": False},
            **_modes({"color": "f4f7f8ff"}, {"color": "0a1116ff"}),
        },
        "pageFooter": _BAR,
        "pageHeader": _BAR,
        "pageText": _modes(
            {"bodyColor": "10212bff", "descriptionColor": "53646eff", "headingColor": "10212bff"},
            {"bodyColor": "e9f0f3ff", "descriptionColor": "9fb0baff", "headingColor": "e9f0f3ff"},
        ),
        "phoneNumberSelector": {"displayType": "TEXT"},
        "primaryButton": _modes(
            _states(
                _BUTTON,
                backgroundColor=("084f60ff", "0b6478ff", "dfe6e9ff", "084f60ff"),
                textColor=("ffffffff", "ffffffff", "53646eff", "ffffffff"),
            ),
            _states(
                _BUTTON,
                backgroundColor=("0f6a7aff", "127789ff", "22303aff", "0f6a7aff"),
                textColor=("ffffffff", "ffffffff", "9fb0baff", "ffffffff"),
            ),
        ),
        "secondaryButton": _modes(
            _states(
                _PLAIN_BUTTON,
                backgroundColor=("dcecefff", "ffffffff", "f4f7f8ff"),
                borderColor=("0b6478ff", "0b6478ff", "084f60ff"),
                textColor=("0b6478ff", "0b6478ff", "084f60ff"),
            ),
            _states(
                _PLAIN_BUTTON,
                backgroundColor=("0f2a33ff", "0c151bff", "111b22ff"),
                borderColor=("5cc8d6ff", "5cc8d6ff", "86dbe5ff"),
                textColor=("5cc8d6ff", "5cc8d6ff", "86dbe5ff"),
            ),
        ),
    },
}
