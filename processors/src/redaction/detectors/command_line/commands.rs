//! Which commands take secrets, and where among their arguments.

use super::{At, Command};

/// All that are known. Others that take a secret give it a name, as `--password` does.
pub const COMMANDS: &[Command] = &[
    Command::of("sshpass", &[At::Option("-p"), At::Glued("-p")]),
    Command::family("mysql", &[At::Glued("-p")]),
    Command::family("mariadb", &[At::Glued("-p")]),
    Command::family("mongo", &[At::Option("-p"), At::Glued("-p")]),
    Command::of("redis-cli", &[At::Option("-a")]),
    Command::of("sqlcmd", &[At::Option("-P"), At::Glued("-P")]),
    Command::of("sqlplus", &[At::Account]),
    Command::family("ldap", &[At::Option("-w"), At::Glued("-w")]),
    Command::of("curl", &[At::User("-u", b':'), At::User("-U", b':'), At::User("--user", b':')]),
    Command::of("smbclient", &[At::User("-U", b'%'), At::User("--user", b'%')]),
    Command::of("openssl", &[At::Glued("pass:")]),
    Command::of("docker login", &[At::Option("-p"), At::Glued("-p")]),
    Command::of("podman login", &[At::Option("-p"), At::Glued("-p")]),
    Command::of("az login", &[At::Option("-p")]),
    Command::of("oc login", &[At::Option("-p")]),
    Command::of("useradd", &[At::Option("-p")]),
    Command::of("usermod", &[At::Option("-p")]),
    Command::of("rabbitmqctl add_user", &[At::Second]),
    Command::of("rabbitmqctl change_password", &[At::Second]),
    Command::of("plink", &[At::Option("-pw")]),
    Command::of("pscp", &[At::Option("-pw")]),
    Command::family("psexec", &[At::Option("-p")]),
    Command::family("PsExec", &[At::Option("-p")]),
];

/// What is looked for in texts: the options above, which are rarer there than the commands' names, and the names of
/// those that need none.
pub const SIGNS: &[&str] = &[
    " -p",
    "\"-p",
    "'-p",
    " -P",
    "\"-P",
    "'-P",
    " -u",
    "\"-u",
    "'-u",
    " -U",
    "\"-U",
    "'-U",
    " -a",
    "\"-a",
    "'-a",
    " -w",
    "\"-w",
    "'-w",
    " --user ",
    "\"--user\"",
    "'--user'",
    "sqlplus",
    "rabbitmqctl",
];
