//! Secrets behind their names, in forms that loggers, frameworks and people give them.

use super::found::check;
use super::redact_text;

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
    ]);
    let said = "forgot the password 'cause it is long";
    assert_eq!(redact_text(said), said);
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

#[test]
fn values_that_a_text_names_as_secret_are_masked() {
    check(&[
        ("password=hunter2 user=maria", "password=**** user=maria"),
        ("db.password = \"a b\\\"c\" next", "db.password = \"****\" next"),
        (r#"{"user":"maria","password":"a b","n":1}"#, r#"{"user":"maria","password":"****","n":1}"#),
        (r#"{\\\"token\\\": \\\"a b\\\"}"#, r#"{\\\"token\\\": \\\"****\\\"}"#),
        (r#"{"user"=>"maria", "password"=>"a b"}"#, r#"{"user"=>"maria", "password"=>"****"}"#),
        ("password => hunter2", "password => ****"),
        (r#"msg="user \"x\" password=hunter2 ok""#, r#"msg="user \"x\" password=**** ok""#),
        (r#"{\"token\": \"abc\"}"#, r#"{\"token\": \"****\"}"#),
        (r#"{"secret":{"a":"}","b":[1]},"c":2}"#, r#"{"secret":"****","c":2}"#),
        (r#"{"pin": 1234}"#, r#"{"pin": "****"}"#),
        ("/cb?code=1&access_token=abc&state=2", "/cb?code=1&access_token=****&state=2"),
        ("Server=db;User=sa;Password=x y;", "Server=db;User=sa;Password=**** y;"),
        (
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc+/def==;EndpointSuffix=x",
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=****;EndpointSuffix=x",
        ),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "aws_secret_access_key = ****"),
        ("authorization: Digest username=x, response=y", "authorization: ****"),
        ("Authorization: Token 0123abcd user-agent: curl", "Authorization: **** user-agent: curl"),
        ("Cookie: sid=abc; theme=dark", "Cookie: ****"),
        ("password: hunter2", "password: ****"),
        ("invalid token: expired", "invalid token: expired"),
        ("password: must not be empty", "password: must not be empty"),
        ("token_type=bearer&expires_in=3600", "token_type=bearer&expires_in=3600"),
        ("input_tokens=1532 output_tokens=12", "input_tokens=1532 output_tokens=12"),
        ("2fa_code1=hunter2", "2fa_code1=****"),
        ("2026-11-22T10:30 0f4c8e9a1=x", "2026-11-22T10:30 0f4c8e9a1=x"),
        ("password: CfmcKZnToK", "password: ****"),
        ("password: InvalidPassword", "password: InvalidPassword"),
        ("password=", "password="),
        ("password=null", "password=null"),
        ("author=maria session.id=0f4c8e9a", "author=maria session.id=0f4c8e9a"),
    ]);
}

#[test]
fn arguments_of_options_that_name_a_secret_are_masked() {
    check(&[
        ("mysql --user root --password hunter2 --host db", "mysql --user root --password **** --host db"),
        ("login --client-secret 'a b' now", "login --client-secret '****' now"),
        ("deploy --api-key k-1;ls", "deploy --api-key ****;ls"),
        (r#"["mysql","--password","hunter2","-v"]"#, r#"["mysql","--password","****","-v"]"#),
        (r#"argv: ["--token", "x", "--token", "y"]"#, r#"argv: ["--token", "****", "--token", "****"]"#),
        (r#"{"argv":"[\"--password\",\"x\"]"}"#, r#"{"argv":"[\"--password\",\"****\"]"}"#),
        ("run --password --verbose now", "run --password --verbose now"),
        (
            "docker login --password-stdin registry.example.com",
            "docker login --password-stdin registry.example.com",
        ),
        ("run --token-file /run/token", "run --token-file /run/token"),
        ("run --token-ttl 300 now", "run --token-ttl 300 now"),
        (r#"["--password","--verbose"]"#, r#"["--password","--verbose"]"#),
        ("a-----password 1111 ****--password 1111", "a-----password 1111 ****--password 1111"),
        ("a --- password reset -- password change", "a --- password reset -- password change"),
    ]);
}

#[test]
fn cookies_are_secrets_behind_an_equals_sign_too() {
    check(&[
        ("cookie=hunter2abc", "cookie=****"),
        ("session_cookie=8f3a9d12, user=bob", "session_cookie=****, user=bob"),
        ("cookie=abcdef&x=1", "cookie=****&x=1"),
        ("cookie=sid=abc; theme=dark", "cookie=****"),
        ("authcookie: 8f3a9d12", "authcookie: ****"),
        ("authorization=8f3a9d12&x=1", "authorization=****&x=1"),
        ("authorization=allow.policy", "authorization=allow.policy"),
        ("cookie: missing", "cookie: missing"),
    ]);
}

#[test]
fn a_string_ends_at_its_own_quote_however_deep_json_stands_in_json() {
    check(&[
        (
            r#"{"request":"{\"password\":\"a\\\"hunter2\",\"n\":1}"}"#,
            r#"{"request":"{\"password\":\"****\",\"n\":1}"}"#,
        ),
        (r#"{\\\"pin\\\":\\\"a\\\\\\\"b\\\",\\\"n\\\":1}"#, r#"{\\\"pin\\\":\\\"****\\\",\\\"n\\\":1}"#),
        (r#"{\"password\":\"C:\\\\\",\"n\":1}"#, r#"{\"password\":\"****\",\"n\":1}"#),
        (r#"{"m":"{\"password\":\"cut o","user":"bob"}"#, r#"{"m":"{\"password\":\"****","user":"bob"}"#),
        (r#"{\"password\":{\"a\":\"}\",\"b\":\"hunter2\"}}"#, r#"{\"password\":\"****\"}"#),
        ("{'password': {'a': '}', 'b': 'hunter2'}}", "{'password': '****'}"),
    ]);
}

#[test]
fn a_header_ends_where_the_text_that_it_stands_in_does() {
    check(&[
        (
            r#"{"msg":"Cookie: sid=1","user":"bob","outcome":"denied"}"#,
            r#"{"msg":"Cookie: ****","user":"bob","outcome":"denied"}"#,
        ),
        (r#"{"msg":"Cookie: sid=","user":"bob"}"#, r#"{"msg":"Cookie: ****","user":"bob"}"#),
        (
            r#"{"msg":"Authorization: Bearer abcdefgh=","user":"bob"}"#,
            r#"{"msg":"Authorization: ****","user":"bob"}"#,
        ),
        (
            "Authorization=Bearer abcdefgh, user=bob, outcome=denied",
            "Authorization=****, user=bob, outcome=denied",
        ),
        (r#"Authorization: Digest username="a b", response="x, y""#, "Authorization: ****"),
        (
            r#"{"m":"Authorization: Digest username=\"a b\", nonce=\"x\"","user":"bob"}"#,
            r#"{"m":"Authorization: ****","user":"bob"}"#,
        ),
        ("Cookie: a=\"b\"; c=d, user=bob", "Cookie: ****, user=bob"),
    ]);
}

#[test]
fn the_directory_of_a_shell_is_kept_and_a_password_that_resembles_it_is_not() {
    check(&[
        ("PWD=/home/maria OLDPWD=/srv", "PWD=/home/maria OLDPWD=/srv"),
        ("MYSQL_PWD=/hunter2", "MYSQL_PWD=****"),
        ("\"DB_PWD\":\"/x\"", "\"DB_PWD\":\"****\""),
    ]);
}

#[test]
fn a_name_in_quotes_or_brackets_is_judged_whole() {
    check(&[
        (r#"{"credit card":"x y"}"#, r#"{"credit card":"****"}"#),
        (r#"{"api key":"x"}"#, r#"{"api key":"****"}"#),
        (r#"{"user[password]":"x"}"#, r#"{"user[password]":"****"}"#),
        (r#"{"password/db":"x","password@db":"y"}"#, r#"{"password/db":"****","password@db":"****"}"#),
        (r#"{"passwordé":1,"password é":"x"}"#, r#"{"passwordé":1,"password é":"****"}"#),
        (r#"{\"credit card\":\"x\"}"#, r#"{\"credit card\":\"****\"}"#),
        ("user[password]=x&n=1", "user[password]=****&n=1"),
        ("user%5Bpin%5D=x&n=1", "user%5Bpin%5D=****&n=1"),
        ("ENV[\"API_KEY\"]=\"x\"", "ENV[\"API_KEY\"]=\"****\""),
        ("[password] => x", "[password] => ****"),
        (
            "password_for_the_primary_replica_of_the_billing_database_in_eu_west_1=x",
            "password_for_the_primary_replica_of_the_billing_database_in_eu_west_1=****",
        ),
        (
            r#"{"name":"DB_PASSWORD","value":"x"},{"name":"USER","value":"y"}"#,
            r#"{"name":"DB_PASSWORD","value":"****"},{"name":"USER","value":"y"}"#,
        ),
        ("hmac_key=x", "hmac_key=****"),
        (r#"{"msg":"the password, forgotten","n":1}"#, r#"{"msg":"the password, forgotten","n":1}"#),
    ]);
}

#[test]
fn values_are_masked_within_what_languages_print_around_them() {
    check(&[
        ("{'password': b'hunter 2', 'n': 1}", "{'password': b'****', 'n': 1}"),
        ("password=u'hunter 2' n", "password=u'****' n"),
        ("password=rb\"hunter 2\" n", "password=rb\"****\" n"),
        ("password=$'hunter 2' n", "password=$'****' n"),
        (r#"{"note":"password=b","user":"bob"}"#, r#"{"note":"password=****","user":"bob"}"#),
        ("password=Some(\"hunter 2\") n", "password=Some(\"****\") n"),
        ("password=Optional[hunter2] n", "password=Optional[****] n"),
        ("User { password: Some(\"hunter 2\") }", "User { password: Some(\"****\") }"),
        ("password: Some(Secret(\"hunter2x\"))", "password: Some(Secret(\"****\"))"),
        ("password: None, token=<nil>", "password: None, token=<nil>"),
        ("password=(a b) n", "password=**** n"),
        ("password=<x> n", "password=<****> n"),
        ("password=`a b` n", "password=`****` n"),
    ]);
}

#[test]
fn signs_within_a_password_do_not_end_it() {
    check(&[
        ("password='it''s x' n=1", "password='****' n=1"),
        ("password='' n=''", "password='' n=''"),
        ("password=a\"x n", "password=**** n"),
        ("password=a{x n", "password=**** n"),
        ("password=a)x n", "password=**** n"),
        ("password=a\\x n", "password=**** n"),
        ("password=\\x n", "password=**** n"),
        ("password=:x n", "password=**** n"),
        ("{\"m\":\"password=ab\\nuser=bob\"}", "{\"m\":\"password=****\\nuser=bob\"}"),
        ("(user=bob password=ab)(n)", "(user=bob password=****)(n)"),
    ]);
}

#[test]
fn a_second_key_before_the_secret_of_the_first_is_masked_too() {
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let text = format!("AKIAIOSFODNN7EXAMPLF AKIAI44QH8DHBEXAMPLF {secret}");
    assert_eq!(super::redact_text(&text), "**** **** ****");
}
