//! Secrets behind their names, in forms that loggers, frameworks and people give them.

use super::redact_text;

#[track_caller]
fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(redact_text(text), *expected, "{text:?}");
    }
}

#[test]
fn names_in_the_colours_of_a_terminal_are_names() {
    check(&[
        ("\x1b[36mpassword\x1b[0m=hunter x", "\x1b[36mpassword\x1b[0m=**** x"),
        ("\x1b[1;36mapi_key\x1b[0m=hunter\x1b[0m x", "\x1b[1;36mapi_key\x1b[0m=****\x1b[0m x"),
        ("\x1b[36mpassword=\x1b[0mhunter x", "\x1b[36mpassword=\x1b[0m**** x"),
        ("\x1b[35mpin\x1b[39m: \x1b[32m\"1234\"\x1b[0m", "\x1b[35mpin\x1b[39m: \x1b[32m\"****\"\x1b[0m"),
        (
            "\x1b[34;1m\"password\"\x1b[0m\x1b[1;39m:\x1b[0m \x1b[0;32m\"hunter\"\x1b[0m",
            "\x1b[34;1m\"password\"\x1b[0m\x1b[1;39m:\x1b[0m \x1b[0;32m\"****\"\x1b[0m",
        ),
        (r"\u001b[36mpassword\u001b[0m=hunter x", r"\u001b[36mpassword\u001b[0m=**** x"),
        ("Authorization: \x1b[32mBearer abc\x1b[0m", "Authorization: \x1b[32m****\x1b[0m"),
        // What is none.
        ("\x1b[36monkey\x1b[0m=x password\x1b[2K=x", "\x1b[36monkey\x1b[0m=x password\x1b[2K=x"),
    ]);
}

#[test]
fn a_name_may_say_which_of_several_it_is() {
    check(&[
        ("?password[]=hunter&x=1", "?password[]=****&x=1"),
        ("?user[password][0]=hunter&x=1", "?user[password][0]=****&x=1"),
        ("?user%5Btokens%5D%5B0%5D=hunter&x=1", "?user%5Btokens%5D%5B0%5D=****&x=1"),
        ("password[a b]=x", "password[a b]=x"),
    ]);
}

#[test]
fn codes_of_a_few_digits_are_secrets_behind_a_colon_too() {
    check(&[
        ("PIN: 4711", "PIN: ****"),
        ("sent otp: 123456 to user", "sent otp: **** to user"),
        ("cvv2: 123", "cvv2: ****"),
        ("mfa_code: 123456.", "mfa_code: ****"),
        // Others are numbers, of lines and tries and pins of a chip.
        ("unexpected token: 1234", "unexpected token: 1234"),
        ("pin: 17", "pin: 17"),
        ("status_code: 404", "status_code: 404"),
    ]);
}

#[test]
fn quotes_and_brackets_are_parts_of_passwords() {
    check(&[
        ("password=l'été2024 x", "password=**** x"),
        ("password=(9!x)Tz x", "password=**** x"),
        ("password=[FILTERED]hunter", "password=****"),
        ("set password = 'p''!x' now", "set password = '****' now"),
        // Where a quote follows, two in a row would be one of SQL's.
        ("password\": @a!bc\"日", "password\": ****\"日"),
        ("f(password=(1, 2)): ok", "f(password=****): ok"),
        ("{'a': 'password=x'}", "{'a': 'password=****'}"),
    ]);
}

#[test]
fn the_schemes_that_are_registered_are_all_known_and_those_of_large_services() {
    check(&[
        ("Authorization: SSWS abcdef", "Authorization: ****"),
        ("Authorization: vapid t=abc, k=def x", "Authorization: **** x"),
        ("Authorization: SCRAM-SHA-256 data=abc, sid=def", "Authorization: ****"),
        ("Authorization: SharedKey acct:sig", "Authorization: ****"),
        ("authorization: denied by policy", "authorization: denied by policy"),
    ]);
}

#[test]
fn names_of_two_words_need_no_quotes() {
    check(&[
        ("API Key=abc x", "API Key=**** x"),
        ("your api key: abc123xyz", "your api key: ****"),
        ("Secret Access Key = abc", "Secret Access Key = ****"),
        ("Date of birth: 1990-01-31", "Date of birth: ****"),
        ("primary key=7, the key: abc123xyz", "primary key=7, the key: abc123xyz"),
    ]);
}

#[test]
fn sql_and_xml_tell_passwords_without_a_sign() {
    check(&[
        ("ALTER USER maria WITH PASSWORD 'hunter';", "ALTER USER maria WITH PASSWORD '****';"),
        ("<add key=\"DB_PASSWORD\" value=\"hunter\"/>", "<add key=\"DB_PASSWORD\" value=\"****\"/>"),
        ("<input name='password' value='hunter' id='x'>", "<input name='password' value='****' id='x'>"),
        ("forgot the password 'cause it is long", "forgot the password 'cause it is long"),
    ]);
}

#[test]
fn headers_as_go_prints_them_and_several_cookies_in_one() {
    check(&[
        (
            "map[Authorization:[Bearer abc] Cookie:[a=b; c=d] X-Api-Key:[abc123def] Accept:[*/*]]",
            "map[Authorization:[****] Cookie:[****] X-Api-Key:[****] Accept:[*/*]]",
        ),
        ("Set-Cookie: a=b; Path=/; HttpOnly, c=d; Secure; Path=/ x", "Set-Cookie: **** x"),
        ("Set-Cookie: a=b; Expires=Wed, 21 Oct 2026 07:28:00 GMT, c=d x", "Set-Cookie: **** x"),
        ("Set-Cookie: a=b; Expires=Wed, 21-Oct-2026 07:28:00 GMT; c=d x", "Set-Cookie: **** x"),
        ("Cookie: a=b, user=maria", "Cookie: ****, user=maria"),
        ("[1] invalid token:[unexpected end]", "[1] invalid token:[unexpected end]"),
    ]);
}

#[test]
fn json_stays_json() {
    check(&[
        (r#"{"pin":1234,"n":1}"#, r#"{"pin":"****","n":1}"#),
        (r#"{"token":["a",{"b":1}],"n":1}"#, r#"{"token":"****","n":1}"#),
        (r#"{"m":"{\"pin\": 1234}"}"#, r#"{"m":"{\"pin\": \"****\"}"}"#),
        (r#"{"name":"pin","value":1234}"#, r#"{"name":"pin","value":"****"}"#),
        (r#"{"pin":"1234"} {'pin': 1234} {pin: abc123}"#, r#"{"pin":"****"} {'pin': '****'} {pin: ****}"#),
    ]);
}
