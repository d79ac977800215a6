//! Lines as software really writes them, by who writes them.

use super::found::check;
use super::random::is_linear;
use super::{logs, pair, redact, redaction};
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use pdata::Signal;

/// What becomes of a list of texts that is an attribute.
pub fn list(of: &[&str]) -> Vec<String> {
    let texts = |of: &[&str]| {
        let value = |text: &&str| AnyValue { value: Some(Value::StringValue((*text).into())) };
        Value::ArrayValue(ArrayValue { values: of.iter().map(value).collect() })
    };
    let attributes = vec![pair("process.command_args", texts(of))];
    let out = redact(&redaction(), &logs(vec![LogRecord { attributes, ..Default::default() }]), Signal::Logs);
    let value = out.resource_logs[0].scope_logs[0].log_records[0].attributes[0].value.clone();
    match value.and_then(|value| value.value) {
        Some(Value::ArrayValue(list)) => list
            .values
            .into_iter()
            .map(|value| match value.value {
                Some(Value::StringValue(text)) => text,
                other => panic!("{other:?}"),
            })
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_option_in_a_list_of_arguments_names_the_next_one() {
    assert_eq!(list(&["mysql", "--password", "a b", "-v"]), ["mysql", "--password", "****", "-v"]);
    for len in [1, 124, 125, 126, 127, 128, 129, 16_380, 16_384, 20_000] {
        assert_eq!(list(&["--token", &"x".repeat(len), "y"]), ["--token", "****", "y"], "{len}");
    }
    let kept: [&[&str]; 5] = [
        &["--password", "--verbose", "x"],
        &["--password-stdin", "x"],
        &["--token-file", "/run/token"],
        &["-p", "x"],
        &["password", "x"],
    ];
    kept.into_iter().for_each(|kept| assert_eq!(list(kept), kept));
}

#[test]
fn a_body_that_is_an_option_says_nothing_of_the_next_record() {
    let texts = ["--password".to_owned(), "x".to_owned()];
    assert_eq!(super::redact_texts(&texts), texts);
}

#[test]
fn command_lines() {
    check(&[
        (
            r#"argc=4 a0="mysql" a1="--password" a2="hunter2" a3="-v""#,
            r#"argc=4 a0="mysql" a1="--password" a2="****" a3="-v""#,
        ),
        (
            r#"a1="--password" a12="a b" a3="--password" b=1"#,
            r#"a1="--password" a12="****" a3="--password" b=1"#,
        ),
        (
            "New-LocalUser -Name maria -Password hunter2 -FullName M",
            "New-LocalUser -Name maria -Password **** -FullName M",
        ),
        (
            "keytool -storepass changeit -keypass changeit -list",
            "keytool -storepass **** -keypass **** -list",
        ),
        (
            "WARNING! Using --password via the CLI is insecure. Use --password-stdin.",
            "WARNING! Using --password via the CLI is insecure. Use --password-stdin.",
        ),
        ("  -password string\n    \tx", "  -password string\n    \tx"),
        ("[--db-password PASSWORD] [--token VALUE]", "[--db-password PASSWORD] [--token ****]"),
        ("error: --token is required", "error: --token is required"),
        ("user-password change, new -pin code", "user-password change, new -pin code"),
        ("x --password isolde y", "x --password **** y"),
    ]);
}

#[test]
fn what_describes_a_secret_is_kept() {
    check(&[
        ("POSTGRES_PASSWORD_FILE=/run/secrets/pg", "POSTGRES_PASSWORD_FILE=/run/secrets/pg"),
        (
            r#"{"secretKeyRef":{"name":"db","key":"password"}}"#,
            r#"{"secretKeyRef":{"name":"db","key":"password"}}"#,
        ),
        (
            r#"{"authorizationInfo":[{"permission":"x.y.get","granted":true}]}"#,
            r#"{"authorizationInfo":[{"permission":"x.y.get","granted":true}]}"#,
        ),
        (r#"{"token_policies":["default"],"token":"x"}"#, r#"{"token_policies":["default"],"token":"****"}"#),
    ]);
}

#[test]
fn urls_that_are_signed() {
    check(&[
        ("/k?X-Amz-Date=2&X-Amz-Signature=8b5e5c6a&x=1", "/k?X-Amz-Date=2&X-Amz-Signature=****&x=1"),
        (r#"{"alert":{"signature":"ET POLICY x"}}"#, r#"{"alert":{"signature":"ET POLICY x"}}"#),
    ]);
}

#[test]
fn secrets_told_in_a_sentence_or_a_statement() {
    check(&[
        ("login attempt with password \"hunter\" now", "login attempt with password \"****\" now"),
        ("the password \"must not be empty\", it is", "the password \"must not be empty\", it is"),
        ("SET PASSWORD FOR app = PASSWORD('hunter')", "SET PASSWORD FOR app = PASSWORD('****')"),
        ("at getPassword('x')", "at getPassword('x')"),
        (
            "$password = ConvertTo-SecureString 'hunter' -Force",
            "$password = ConvertTo-SecureString '****' -Force",
        ),
        ("username bob password 7 0822455D0A16", "username bob password 7 ****"),
        ("enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0", "enable secret 5 ****"),
        ("wrong password 3 times, token 2 of 7", "wrong password 3 times, token 2 of 7"),
        ("Your verification code is 123456", "Your verification code is ****"),
        ("your temporary password is: Tmp#2024x", "your temporary password is: ****"),
        ("the token is expired, the password is required", "the token is expired, the password is required"),
        (
            "A temporary password is generated for root@localhost: Xq7#rT9!aKp2",
            "A temporary password is generated for root@localhost: ****",
        ),
        (
            "DETAIL:  Key (reset_token)=(abc) already exists.",
            "DETAIL:  Key (reset_token)=**** already exists.",
        ),
        ("the status code is 404123", "the status code is 404123"),
    ]);
}

#[test]
fn values_within_types() {
    check(&[
        (
            r#"http.Header{"Authorization":[]string{"Bearer abc"}, "Accept":[]string{"*/*"}}"#,
            r#"http.Header{"Authorization":[]string{****}, "Accept":[]string{"*/*"}}"#,
        ),
        ("main.C{Tokens:[]string{\"abc\"}, N:1}", "main.C{Tokens:[]string{****}, N:1}"),
        (" Password: (string) (len=7) \"hunter!\",", " Password: (string) (len=7) \"****\","),
        (" [\"password\"]=>\n  string(7) \"hunter!\"", " [\"password\"]=>\n  string(7) \"****\""),
        (
            " [\"password\":protected]=>\n  string(6) \"hunter\"",
            " [\"password\":protected]=>\n  string(6) \"****\"",
        ),
        (" [password:App\\User:private] => hunter", " [password:App\\User:private] => ****"),
        ("password: [104, 117, 110], n: 1", "password: ****, n: 1"),
        ("unexpected token: [1] x", "unexpected token: [1] x"),
        ("token = \"\"\"a \"b\" c\"\"\" n", "token = \"\"\"****\"\"\" n"),
        ("password='''x''' n", "password='''****''' n"),
        ("password='' n='' '", "password='' n='' '"),
    ]);
}

#[test]
fn statements_of_sql() {
    check(&[
        ("CREATE USER 'a'@'%' IDENTIFIED BY 'hunter' x", "CREATE USER 'a'@'%' IDENTIFIED BY '****' x"),
        (
            "ALTER USER a IDENTIFIED WITH mysql_native_password BY 'hunter';",
            "ALTER USER a IDENTIFIED WITH mysql_native_password BY '****';",
        ),
        (
            "CREATE USER a IDENTIFIED WITH 'sha2' AS 'hunter', b IDENTIFIED BY 'x'",
            "CREATE USER a IDENTIFIED WITH 'sha2' AS '****', b IDENTIFIED BY '****'",
        ),
        ("ALTER USER a IDENTIFIED BY hunter; x", "ALTER USER a IDENTIFIED BY ****; x"),
        ("the user identified by 'u-1' was created", "the user identified by 'u-1' was created"),
        ("cannot create x identified by u-1 here", "cannot create x identified by u-1 here"),
        ("GRANT ALL TO a IDENTIFIED BY PASSWORD '*6C89'", "GRANT ALL TO a IDENTIFIED BY PASSWORD '****'"),
        ("IDENTIFIED BY RANDOM", "IDENTIFIED BY RANDOM"),
        ("WHERE token = $1 AND password=? x", "WHERE token = $1 AND password=? x"),
    ]);
}

#[test]
fn names_and_values_in_turn() {
    check(&[
        ("- name: DB_PASSWORD\n  value: hunter\n- name: X", "- name: DB_PASSWORD\n  value: ****\n- name: X"),
        ("{Name:DB_PASSWORD Value:hunter ValueFrom:nil}", "{Name:DB_PASSWORD Value:**** ValueFrom:nil}"),
        (
            "&EnvVar{Name:DB_PASSWORD,Value:hunter,From:nil,}",
            "&EnvVar{Name:DB_PASSWORD,Value:****,From:nil,}",
        ),
        (r#"env { name: "DB_PASSWORD" value: "a b" }"#, r#"env { name: "DB_PASSWORD" value: "****" }"#),
        ("{Key=DB_PASSWORD, Value=hunter}", "{Key=DB_PASSWORD, Value=****}"),
        ("the password, value: unknown", "the password, value: unknown"),
        ("- name: DB_PASSWORD\n  valueFrom:\n    x: 1", "- name: DB_PASSWORD\n  valueFrom:\n    x: 1"),
    ]);
}

#[test]
fn connection_strings() {
    check(&[
        ("dsn=app:hunter@tcp(db:3306)/x?y=1", "dsn=app:****@tcp(db:3306)/x?y=1"),
        ("\"root:p@ss:w@unix(/run/mysqld.sock)/x\"", "\"root:****@unix(/run/mysqld.sock)/x\""),
        ("app@tcp(db:3306)/x", "app@tcp(db:3306)/x"),
        (
            "jdbc:sqlserver://db:1433;user=sa;password=P@ss;x=1",
            "jdbc:sqlserver://db:1433;user=sa;password=****;x=1",
        ),
        ("amqp://u:12345@rabbit", "amqp://u:****@rabbit"),
    ]);
}

#[test]
fn shared_access_and_mail() {
    check(&[
        (
            "/c/b?sv=2022&sig=Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6MTIzNDU%3D&se=1",
            "/c/b?sv=2022&sig=****&se=1",
        ),
        ("sig=Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6MTIzNDU=", "sig=****"),
        ("sig=31 msig=x sig=SIGTERM", "sig=31 msig=x sig=SIGTERM"),
        ("AUTH PLAIN, text/plain data, plain text", "AUTH PLAIN, text/plain data, plain text"),
    ]);
}

#[test]
fn fields_as_go_prints_them() {
    check(&[
        ("&{Host:db User:app Password:hunter SSL:off}", "&{Host:db User:app Password:**** SSL:off}"),
        ("{Password:hunter}", "{Password:****}"),
        ("map[password:hunter user:maria]", "map[password:**** user:maria]"),
        ("{A:{B:1 Token:abc} C:2}", "{A:{B:1 Token:****} C:2}"),
        ("{TokenType:Bearer RefreshToken:abc Expiry:x}", "{TokenType:Bearer RefreshToken:**** Expiry:x}"),
        // Neither a field nor its colon.
        ("[error token:expired]", "[error token:expired]"),
        ("{error:token:expired}", "{error:token:expired}"),
        ("{a: 1 token:expired}", "{a: 1 token:expired}"),
        ("system:token:cleaner, token:revoked", "system:token:cleaner, token:revoked"),
    ]);
}

#[test]
fn what_a_value_was_and_what_it_becomes() {
    check(&[
        (r#"~ password = "a" -> "b c" x"#, r#"~ password = "****" -> "****" x"#),
        (r#"password: "a" => "b" n: "c" => "d""#, r#"password: "****" => "****" n: "c" => "d""#),
        (r#"{"password"=>"a", "n"=>"b"}"#, r#"{"password"=>"****", "n"=>"b"}"#),
    ]);
}

#[test]
fn pairs_in_lists() {
    check(&[
        (
            r#"[["reset_password_token", "4f2c"], ["LIMIT", 1]]"#,
            r#"[["reset_password_token", "****"], ["LIMIT", 1]]"#,
        ),
        (r#"[["id", 1], ["encrypted_password", "a b"]]"#, r#"[["id", 1], ["encrypted_password", "****"]]"#),
        ("[(b'host', b'x'), (b'cookie', b'sid=a; b=c')]", "[(b'host', b'x'), (b'cookie', b'****')]"),
        ("Headers([('Authorization', 'x y')])", "Headers([('Authorization', '****')])"),
        (r#"[("id", "int"), ("password", "text")]"#, r#"[("id", "int"), ("password", "text")]"#),
        (r#"{"required":["password","token"]}"#, r#"{"required":["password","token"]}"#),
        ("filter(['password', 'token'], ['x'])", "filter(['password', 'token'], ['x'])"),
        ("[('password', 'token', 'user')]", "[('password', 'token', 'user')]"),
    ]);
}

#[test]
fn blocks_of_yaml() {
    check(&[
        ("a: 1\npassword: |\n  hunter\n  b c\nuser: x", "a: 1\npassword: |\n  ****\nuser: x"),
        ("  token: >-\n    abc\n\n    def\n  user: x", "  token: >-\n    ****\n  user: x"),
        (
            "secret: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    6638\nuser: x",
            "secret: !vault |\n    ****\nuser: x",
        ),
        ("invalid token: | x", "invalid token: | x"),
        ("password: |\nuser: x", "password: |\nuser: x"),
    ]);
}

#[test]
fn what_software_writes_takes_linear_time() {
    for unit in [
        "password is generated for ",
        "[(\"password\",'",
        "(\"token\",\"x\",",
        "token = \"\"\"",
        "token='''x\"\"\"",
        "password: |\n ",
        "password: |\n   a\n",
        "{A:b password:",
        "password \"x",
        "password: [1 2 ",
        "IDENTIFIED BY '",
        "create IDENTIFIED WITH x BY \"",
        "name: token\nvalue",
        "a:b@tcp(",
        "--token a1=",
        "token=(string) (",
        "[password:a:private",
        "password\" -> \"",
        "password='x' -> '",
    ] {
        is_linear(unit, 10_000, |text| drop(super::redact_text(text)));
    }
}
