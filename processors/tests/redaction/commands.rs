//! Secrets that commands take without a name, as shells, audit records and lists write them.

use super::found::check;
use super::redact_text;
use super::world::list;

#[test]
fn what_a_command_takes_without_a_name_is_hidden() {
    check(&[
        ("sshpass -p hunter2 ssh root@10.0.0.7", "sshpass -p **** ssh root@10.0.0.7"),
        ("sshpass -phunter2 scp x y", "sshpass -p**** scp x y"),
        ("sshpass -p 'correct horse' ssh db-1", "sshpass -p '****' ssh db-1"),
        ("/usr/bin/mysql -uroot -phunter2 audit", "/usr/bin/mysql -uroot -p**** audit"),
        ("mysqldump -h db -p\"hun ter\" audit > x.sql", "mysqldump -h db -p**** audit > x.sql"),
        ("mariadb-admin -uroot -phunter2 ping", "mariadb-admin -uroot -p**** ping"),
        ("mongosh -u app -p hunter2 db-1", "mongosh -u app -p **** db-1"),
        ("redis-cli -h cache -a hunter2 INFO", "redis-cli -h cache -a **** INFO"),
        ("ldapsearch -x -D cn=admin -w hunter2 -b dc=x", "ldapsearch -x -D cn=admin -w **** -b dc=x"),
        ("curl -s -u maria:hunter2 https://x.org/a", "curl -s -u maria:**** https://x.org/a"),
        ("curl --user maria:hunter:2 https://x.org/a?b=c", "curl --user maria:**** https://x.org/a?b=c"),
        ("curl -umaria:hunter2 https://x.org", "curl -umaria:**** https://x.org"),
        ("curl -H 'Accept: x' -u 'maria:hunter 2' x.org", "curl -H 'Accept: x' -u 'maria:****' x.org"),
        ("sqlcmd -S db -U sa -P hunter2 -Q x", "sqlcmd -S db -U sa -P **** -Q x"),
        ("sqlplus -s scott/tiger@orcl @x.sql", "sqlplus -s scott/****@orcl @x.sql"),
        ("smbclient //nas/x -U maria%hunter2", "smbclient //nas/x -U maria%****"),
        ("openssl rsa -passin pass:hunter2 -in k.pem", "openssl rsa -passin pass:**** -in k.pem"),
        ("docker login -u maria -p hunter2 reg.x.org", "docker login -u maria -p **** reg.x.org"),
        ("rabbitmqctl add_user maria hunter2", "rabbitmqctl add_user maria ****"),
        ("plink.exe -ssh -pw hunter2 root@10.0.0.7", "plink.exe -ssh -pw **** root@10.0.0.7"),
        (
            r#""C:\tools\PsExec64.exe" \\db -u maria -p hunter2 cmd"#,
            r#""C:\tools\PsExec64.exe" \\db -u maria -p **** cmd"#,
        ),
        ("curl -H 'x: mysql a' -u maria:hunter2 db", "curl -H 'x: mysql a' -u maria:**** db"),
        ("sshpass -p hunter2; rm x", "sshpass -p ****; rm x"),
        ("sshpass -p hun;ter2 ssh db", "sshpass -p **** ssh db"),
        ("sshpass -p \x1b[1;31mhunter2\x1b[0m ssh", "sshpass -p **** ssh"),
        ("sudo sshpass -p a1 mysql -pb2", "sudo sshpass -p **** mysql -p****"),
    ]);
}

#[test]
fn other_arguments_and_sentences_are_kept() {
    for text in [
        "curl/8.5.0",
        "curl -u maria https://x.org/a:b",
        "use curl -u to send credentials: see the manual",
        "mysql -p audit",
        "mysql -P 3306 -h db",
        "mysql --port 3306 -pager less",
        "mysqld -p",
        "mysql -p, then the password is asked for",
        "sshpass -p $PASSWORD ssh db",
        "sshpass -p ${PASSWORD} ssh db",
        "sshpass -p <password> ssh db",
        "sshpass -f file -p",
        "docker login -p is insecure",
        "docker login reg.x.org; mkdir -p x",
        "docker run -p 8080:80 x",
        "redis-cli | grep -a hunter2",
        "sqlplus / as sysdba",
        "sqlplus /nolog",
        "rabbitmqctl add_user maria",
        "my-curl -u maria:hunter2",
        "sshpass -p -v ssh db",
        "mysql.service: Main process exited",
        "the psexec -port",
    ] {
        let kept = if text.contains("-pager") { "mysql --port 3306 -p**** less" } else { text };
        assert_eq!(redact_text(text), kept, "{text}");
    }
}

#[test]
fn audit_records_and_json_write_arguments_one_by_one() {
    check(&[
        (
            r#"argc=4 a0="sshpass" a1="-p" a2="hunter 2" a3="ssh""#,
            r#"argc=4 a0="sshpass" a1="-p" a2="****" a3="ssh""#,
        ),
        (r#"a0="mysql" a1="-uroot" a2="-phunter2""#, r#"a0="mysql" a1="-uroot" a2="-p****""#),
        (r#"a0="sshpass" a1="-p" a2=612062 a3="ssh""#, r#"a0="sshpass" a1="-p" a2=**** a3="ssh""#),
        (r#"["mysql", "-phunter2", "audit"]"#, r#"["mysql", "-p****", "audit"]"#),
        (
            r#"{"cmd":"sshpass -p hunter2 ssh","user":"root x"}"#,
            r#"{"cmd":"sshpass -p **** ssh","user":"root x"}"#,
        ),
        (
            r#"{"cmd":"mysql -uroot -phunter2","user":"root"}"#,
            r#"{"cmd":"mysql -uroot -p****","user":"root"}"#,
        ),
        (r#"{"cmd":"sshpass -p \"hunter2\" ssh"}"#, r#"{"cmd":"sshpass -p \"****\" ssh"}"#),
        (r#"{"args":["curl","-u","maria:hunter2","x"]}"#, r#"{"args":["curl","-u","maria:****","x"]}"#),
        ("cmd='mysql -uroot -phunter2' user=root", "cmd='mysql -uroot -p****' user=root"),
        ("/bin/sh -c sshpass%20-p%20hunter2%20ssh", "/bin/sh -c sshpass%20-p%20****%20ssh"),
    ]);
}

#[test]
fn a_list_of_arguments_is_read_like_a_line() {
    assert_eq!(list(&["/usr/bin/sshpass", "-p", "x y", "ssh"]), ["/usr/bin/sshpass", "-p", "****", "ssh"]);
    assert_eq!(list(&["mysql", "-uroot", "-phunter", "audit"]), ["mysql", "-uroot", "****", "audit"]);
    assert_eq!(list(&["curl", "-s", "-u", "maria:x", "h"]), ["curl", "-s", "-u", "****", "h"]);
    for kept in [&["mkdir", "-p", "x"][..], &["curl", "-o", "x"], &["x", "-phunter"], &["mysql", "-p", "-v"]]
    {
        assert_eq!(list(kept), kept);
    }
}
