"""The CSS of classic branding: what is understood is written anew."""

from __future__ import annotations

import pytest

from idp.errors import InvalidParameter
from idp.user_pools.rules import ui_css

TEMPLATE = """
.logo-customizable { max-width: 60%; max-height: 30%; }
.banner-customizable { padding: 25px 0px 25px 0px; background-color: lightgray; }
.label-customizable { font-weight: 400; }
.submitButton-customizable:hover { color: #fff; background-color: #286090; }
.errorMessage-customizable { padding: 5px; border: 2px solid #D64958; background: #F5F5F5; }
.inputField-customizable:focus { border-color: #66afe9; outline: 0; }
.idpButton-customizable { height: 40px; text-align: center; margin-bottom: 15px; }
.passwordCheck-notValid-customizable { color: #DF3312; }
.background-customizable { background-color: hsl(120, 10%, 50%) !IMPORTANT; }
"""


def test_every_class_of_a_usual_stylesheet_is_understood() -> None:
    rules = ui_css.parse(TEMPLATE)
    assert len(rules) == 9
    written = ui_css.write(rules, {"inputField": "input", "logo": "img", "background": ".card"})
    assert written == (
        "img{max-width:60%;max-height:30%}\n"
        "input:focus{border-color:#66afe9;outline:0}\n"
        ".card{background-color:hsl(120, 10%, 50%) !IMPORTANT}\n"
    )


def test_comments_and_empty_rules_vanish() -> None:
    css = "/* { } */ .logo-customizable{}\n.label-customizable{color:/* x */red;;}/**/"
    assert ui_css.write(ui_css.parse(css), {"logo": "a", "label": "b"}) == "b{color:red}\n"


@pytest.mark.parametrize(
    "css",
    [
        "{color:red}",
        " {color:red}",
        ".logo-customizable",
        ".logo-customizable}",
        ".logo-customizable{color:red",
        ".logo-customizable{color:red}}",
        ".logo-customizable{{color:red}}",
        ".logo-customizable{.label-customizable{color:red}}",
        ".logo-customizable{color:red} x",
        ".logo-customizable{color:red}/*",
        ".logo-customizable{color:red;width:ex/**/pression(1)}",
        ".logo-customizable{width:calc (1)}",
        ".logo-customizable{color:rgb(url(1))}",
        ".logo-customizable{color:(var(x))}",
        ".logo-customizable{color:/*/red}",
        ".logo-customizable{}" * 501,
    ],
)
def test_what_is_no_list_of_rules_is_refused(css: str) -> None:
    with pytest.raises(InvalidParameter):
        ui_css.parse(css)


def test_nothing_is_a_stylesheet() -> None:
    assert ui_css.parse("") == ui_css.parse(" /* x */ ") == ()
