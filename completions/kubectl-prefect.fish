# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kubectl_prefect_global_optspecs
    string join \n context= kubeconfig= n/namespace= cluster= user= s/server= token= username= password= as= as-group= as-uid= as-user-extra= request-timeout= certificate-authority= client-certificate= client-key= insecure-skip-tls-verify= tls-server-name= proxy-url= cache-dir= disable-compression= color= api-url= api-key-file= profile= h/help V/version
end

function __fish_kubectl_prefect_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kubectl_prefect_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kubectl_prefect_using_subcommand
    set -l cmd (__fish_kubectl_prefect_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -s V -l version -d 'Print version'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "check" -d 'Look for what keeps flow runs from running, and say what to do about it'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "cluster-uid" -d 'Show the UID of the cluster: that of its namespace kube-system, unless another one is given'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "completion" -d 'Complete commands, flags and values when Tab is pressed'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "diff" -d 'Show what would change: by `install` with files of values, by `upgrade` without them'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "history" -d 'Show the revisions of a release, oldest first'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "install" -d 'Install a worker, or bring an installed one to these values'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "report" -d 'Gather what a bug report needs, without anything secret'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "rollback" -d 'Install an earlier revision of a release once more'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "secret" -d 'Keep the Secret with the API key: make it, change the key, look whether it works'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "status" -d 'Show how a release is getting on'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "template" -d 'Look after base job templates, which decide what Jobs a work pool\'s runs get'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "uninstall" -d 'Remove a release: its objects, and what is remembered of it'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "upgrade" -d 'Change a release that is installed'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "values" -d 'Explain, check and migrate values of `kubectl prefect install`'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "version" -d 'Show the versions of this plugin, the cluster, the Prefect server and the workers'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_needs_command" -f -a "worker" -d 'Run a worker that launches a Job for each flow run of a work pool; look after workers\' records'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -s p -l pool -d 'Work pool to look at [default: those that the workers serve]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l only -d 'Only these checks, by name or category; may be given several times' -r -f -a "admission\t''
api\t''
api-key\t''
api-server\t''
api-url\t''
clocks\t''
cluster\t''
context\t''
dead-workers\t''
heartbeat\t''
install-rights\t''
installed\t''
job-api-url\t''
job-namespaces\t''
job-pods\t''
jobs\t''
kubectl\t''
namespace\t''
network-policy\t''
owner\t''
pods\t''
pool\t''
pool-workers\t''
prefect\t''
queues\t''
quota\t''
rights\t''
same-api\t''
secret\t''
secret-in-use\t''
secret-key\t''
secret-works\t''
stale-jobs\t''
template\t''
template-drift\t''
versions\t''
work-pool\t''
worker\t''
worker-rights\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l skip -d 'Not these checks, by name or category; may be given several times' -r -f -a "admission\t''
api\t''
api-key\t''
api-server\t''
api-url\t''
clocks\t''
cluster\t''
context\t''
dead-workers\t''
heartbeat\t''
install-rights\t''
installed\t''
job-api-url\t''
job-namespaces\t''
job-pods\t''
jobs\t''
kubectl\t''
namespace\t''
network-policy\t''
owner\t''
pods\t''
pool\t''
pool-workers\t''
prefect\t''
queues\t''
quota\t''
rights\t''
same-api\t''
secret\t''
secret-in-use\t''
secret-key\t''
secret-works\t''
stale-jobs\t''
template\t''
template-drift\t''
versions\t''
work-pool\t''
worker\t''
worker-rights\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l timeout -d 'How long a check may take: 5s, 1m' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -s o -l output -d 'How to write it: json, yaml; a list for people when missing' -r -f -a "json\t''
yaml\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -s f -l values -d 'File of values, - for standard input, or a URL; may be given several times, later ones win' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l set -d 'Values as in a.b=1,c[0].d=x,e={1,2}; null removes a default' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l set-string -d 'The same, but every value is text' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l set-file -d 'Values from files: a.b=FILE' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l set-json -d 'Values as JSON: a.b={"c":1}, or one object' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l set-literal -d 'One value, taken as it is: a.b=TEXT' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l pre -d 'Look before an install'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -l list -d 'List the checks and what they look for, and run none'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l cluster-uid -d 'UID to use in place of the one that the cluster has' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -s o -l output -d 'How to write it: the UID alone, or json, yaml with where it comes from' -r -f -a "json\t''
yaml\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand cluster-uid" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -f -a "install" -d 'Let kubectl complete `kubectl prefect`: link kubectl_complete-prefect into a folder on PATH'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -f -a "uninstall" -d 'Take the link away again'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -f -a "bash" -d 'Print the script for bash'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -f -a "zsh" -d 'Print the script for zsh'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -f -a "fish" -d 'Print the script for fish'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall bash zsh fish powershell" -f -a "powershell" -d 'Print the script for PowerShell'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l dir -d 'Folder to put it into [default: where PATH has kubectl-prefect]' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l dir -d 'Folder that it is in [default: wherever PATH has it]' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from bash" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from zsh" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from fish" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand completion; and __fish_seen_subcommand_from powershell" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -s f -l values -d 'File of values, - for standard input, or a URL; may be given several times, later ones win' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l set -d 'Values as in a.b=1,c[0].d=x,e={1,2}; null removes a default' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l set-string -d 'The same, but every value is text' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l set-file -d 'Values from files: a.b=FILE' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l set-json -d 'Values as JSON: a.b={"c":1}, or one object' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l set-literal -d 'One value, taken as it is: a.b=TEXT' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l reuse-values -d 'Begin with the values that are installed, also with files of values'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l force-conflicts -d 'Take over fields that other programs manage'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -l recreate -d 'Delete and make anew objects with a change that Kubernetes does not allow'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -s o -l output -d 'How to write them: a table when missing' -r -f -a "yaml\t''
json\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l dry-run -d 'Only print the objects, without a cluster (client); only try them on the API server (server)' -r -f -a "none\t'Nowhere: they are installed'
client\t'Here: they are printed, and no cluster is asked'
server\t'On the API server: it says what would be done'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -s o -l output -d 'How to write what was done: json, yaml; sentences when missing' -r -f -a "yaml\t''
json\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l wait -d 'Wait until the worker is rolled out and gives a sign of life' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l timeout -d 'How long to wait: 30s, 5m; 0 waits for ever' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l history-max -d 'How many revisions to remember; 0 is all' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -s f -l values -d 'File of values, - for standard input, or a URL; may be given several times, later ones win' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l set -d 'Values as in a.b=1,c[0].d=x,e={1,2}; null removes a default' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l set-string -d 'The same, but every value is text' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l set-file -d 'Values from files: a.b=FILE' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l set-json -d 'Values as JSON: a.b={"c":1}, or one object' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l set-literal -d 'One value, taken as it is: a.b=TEXT' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l adopt -d 'Take the release of this name over from Helm, with its values; no pod is started again'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l allow-changes -d 'Take it over even if more than labels and annotations changes: its pods may be started again'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l remove-helm-records -d 'Remove Helm\'s records of the release afterwards, without asking'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l force-conflicts -d 'Take over fields that other programs manage'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l recreate -d 'Delete and make anew objects with a change that Kubernetes does not allow'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l create-namespace -d 'Make the namespace if it does not exist'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -l no-verify -d 'Do not ask the Prefect API, and do not look for what the pods refer to'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l output-file -d 'Write it to this new file, which only you may read [default: standard output]' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l lines -d 'How many lines of each container\'s log' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l timeout -d 'How long each part may take: 15s, 1m' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l dry-run -d 'Only try it on the API server (server), or change it (none)' -r -f -a "none\t'Nowhere: they are installed'
client\t'Here: they are printed, and no cluster is asked'
server\t'On the API server: it says what would be done'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -s o -l output -d 'How to write what was done: json, yaml; sentences when missing' -r -f -a "yaml\t''
json\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l wait -d 'Wait until the worker is rolled out and gives a sign of life' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l timeout -d 'How long to wait: 30s, 5m; 0 waits for ever' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l history-max -d 'How many revisions to remember; 0 is all' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l force-conflicts -d 'Take over fields that other programs manage'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l recreate -d 'Delete and make anew objects with a change that Kubernetes does not allow'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l create-namespace -d 'Make the namespace if it does not exist'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -l no-verify -d 'Do not ask the Prefect API, and do not look for what the pods refer to'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand rollback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -f -a "create" -d 'Make the Secret with the API key, or bring it up to date'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -f -a "rotate" -d 'Put a new API key in the place of the old one, and take it into use'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and not __fish_seen_subcommand_from create rotate verify" -f -a "verify" -d 'Look whether the API key in the Secret works, on which API, and whose it is'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l key -d 'Key in the Secret [default: key, with --auth-string auth-string]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l from-file -d 'Read the credential from a file' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l from-env -d 'Take the credential from an environment variable' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l from-profile -d 'Take the credential, and the API to try it on, from a Prefect profile [default: the active one]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l dry-run -d 'Write nothing: client asks no cluster, server lets the API server try it' -r -f -a "client\t'Here: it can be printed'
server\t'By the API server'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -s o -l output -d 'How to write what was done: json, yaml, name; a sentence when missing. With --dry-run=client, json and yaml are the Secret itself, with the credential in it' -r -f -a "json\t''
yaml\t''
name\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l auth-string -d 'It holds the USER:PASSWORD of a server with basic authentication, and no API key'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l from-stdin -d 'Read the credential from standard input'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l no-verify -d 'Write it without trying it on the Prefect API'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -l create-namespace -d 'Make the namespace if it is missing'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -s y -l yes -d 'Do not ask before another value is replaced'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l key -d 'Key in the Secret [default: key, with --auth-string auth-string]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l from-file -d 'Read the credential from a file' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l from-env -d 'Take the credential from an environment variable' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l from-profile -d 'Take the credential, and the API to try it on, from a Prefect profile [default: the active one]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l wait -d 'Wait until it is in use' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l timeout -d 'How long to wait until it is in use: 90s, 5m' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -s o -l output -d 'How to write what was done: json, yaml, name; sentences when missing' -r -f -a "json\t''
yaml\t''
name\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l auth-string -d 'It holds the USER:PASSWORD of a server with basic authentication, and no API key'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l from-stdin -d 'Read the credential from standard input'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -l no-verify -d 'Write it without trying it on the Prefect API'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -s y -l yes -d 'Do not ask'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l key -d 'Key in the Secret [default: key, with --auth-string auth-string]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -s o -l output -d 'How to write it: json, yaml; a sentence when missing' -r -f -a "json\t''
yaml\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -l auth-string -d 'It holds the USER:PASSWORD of a server with basic authentication, and no API key'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand secret; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -s o -l output -d 'How to write it: for people when missing' -r -f -a "yaml\t''
json\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -s A -l all-namespaces -d 'All releases of the cluster, as a table'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -s w -l watch -d 'Look again and again, and show what changes'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -f -a "default" -d 'Print the default base job template of a type of worker'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -f -a "get" -d 'Print the base job template of a work pool'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -f -a "push" -d 'Give a work pool another base job template'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -f -a "sync" -d 'Let a work pool follow a template that is declared elsewhere'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -f -a "diff" -d 'Compare the template of a work pool with a file, or with the default'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -f -a "lint" -d 'Find what is wrong with a base job template, or may surprise'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -f -a "render" -d 'Print the Job that a worker would make: for a deployment, for a flow run, or for any'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and not __fish_seen_subcommand_from default get push sync diff lint render upgrade" -f -a "upgrade" -d 'Merge what a new release\'s default template brings into the template of a work pool'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -s k -l type -d 'Type of worker' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -s o -l output -d 'How to write it; json when missing' -r -f -a "json\t''
yaml\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -l built-in -d 'Take the one of this program, and ask no server'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from default" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -s p -l pool -d 'Work pool' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -s o -l output -d 'How to write it; json when missing' -r -f -a "json\t''
yaml\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -s p -l pool -d 'Work pool' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -s f -l file -d 'File with the template, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l if-match -d 'Write only if the pool has this template now: a file with it, or its digest as `template get` tells it' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l backup -d 'File to save the present template in [default: a new one in the state folder]' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -s o -l output -d 'How to write what was done: the pool\'s name, json, yaml; a sentence when missing' -r -f -a "json\t''
yaml\t''
name\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l create -d 'Make the work pool, of type kubernetes, when it is missing'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l force -d 'Write even if the pool\'s template has changed since it was fetched'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l no-lint -d 'Leave the judgement of the template to the server'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l no-backup -d 'Do not save the present template'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -l dry-run -d 'Show what would be done, and do nothing'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -s y -l yes -d 'Do not ask'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -s f -l file -d 'File to follow' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l configmap -d 'ConfigMap to follow, in the namespace of -n' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l key -d 'Key of the template in the ConfigMap' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -s p -l pool -d 'Work pool that follows the file or the ConfigMap' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l interval -d 'Time between two looks with --watch, as 10s or 1m [default: 10s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l backup -d 'File to save the present template in [default: a new one in the state folder]' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -s o -l output -d 'How to write what was done: the pool\'s name, json, yaml; a sentence when missing' -r -f -a "json\t''
yaml\t''
name\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l all -d 'Every installed worker of the namespace whose values have a template'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l check -d 'Change nothing; the exit code is 1 when something is not in sync'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l watch -d 'Go on: look again and again whether the source or the pool has changed'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l create -d 'Make the work pool, of type kubernetes, when it is missing'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l no-lint -d 'Leave the judgement of the template to the server'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -l no-backup -d 'Do not save the present template'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -s p -l pool -d 'Work pool' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -s f -l file -d 'File with a template: shown is what it would change in the pool' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -s o -l output -d 'How to write it; for people when missing' -r -f -a "json\t''
yaml\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l default -d 'Compare with the server\'s default: shown is what the pool changes in it [default]'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -l all -d 'Show differences of descriptions and titles from the default too'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -s f -l file -d 'File with the template, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -s p -l pool -d 'Work pool whose template is meant' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -s k -l type -d 'Type of worker that the file is for' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l dry-run -d 'Where the Job is tried: only here, or on the cluster\'s API server, which then must answer [default: on the cluster, if there is one]' -r -f -a "client\t'Never'
server\t'Always; a cluster that does not answer is a failure'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -s o -l output -d 'How to write it; for people when missing' -r -f -a "json\t''
yaml\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l all -d 'Show what is only worth knowing too'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -l strict -d 'Fail for warnings too'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -s p -l pool -d 'Work pool [default: that of the deployment or the flow run]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l deployment -d 'Deployment that the run is of, as FLOW/NAME' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l flow-run -d 'Flow run, by its id' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l template -d 'File with a template, in place of the pool\'s; alone, no server is asked' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -s o -l output -d 'How to write the Job' -r -f -a "yaml\t''
json\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -s f -l values -d 'File of values, - for standard input, or a URL; may be given several times, later ones win' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l set -d 'Values as in a.b=1,c[0].d=x,e={1,2}; null removes a default' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l set-string -d 'The same, but every value is text' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l set-file -d 'Values from files: a.b=FILE' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l set-json -d 'Values as JSON: a.b={"c":1}, or one object' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l set-literal -d 'One value, taken as it is: a.b=TEXT' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l explain -d 'Say for each job variable where its value comes from, in comments above the Job'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -l show-secrets -d 'Show credentials, and what is secret in blocks'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from render" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -s p -l pool -d 'Work pool' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l base -d 'File with the default that the pool\'s template began as' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l to -d 'File with the new default' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l prefer -d 'What to take where both the pool\'s and the new default have changed, instead of asking' -r -f -a "yours\t'What the pool has'
new\t'What the new default has'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l backup -d 'File to save the present template in [default: a new one in the state folder]' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -s o -l output -d 'How to write what was done: the pool\'s name, json, yaml; a sentence when missing. json and yaml have the merged template too' -r -f -a "json\t''
yaml\t''
name\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l no-backup -d 'Do not save the present template'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -l dry-run -d 'Show what would be done, and do nothing'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -s y -l yes -d 'Do not ask'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand template; and __fish_seen_subcommand_from upgrade" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l dry-run -d 'Only show what would be removed: by what is stored (client), or as the API server says (server)' -r -f -a "none\t'Nowhere: they are installed'
client\t'Here: they are printed, and no cluster is asked'
server\t'On the API server: it says what would be done'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l timeout -d 'How long to wait until all is gone: 30s, 5m; 0 waits for ever' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -s o -l output -d 'How to write what was done: json, yaml; sentences when missing' -r -f -a "yaml\t''
json\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -s y -l yes -d 'Do not ask'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l leave-jobs -d 'Remove it although Jobs of its work pool run'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -l ignore-not-found -d 'A release that is not there is no failure'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand uninstall" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l dry-run -d 'Only try it on the API server (server), or change it (none)' -r -f -a "none\t'Nowhere: they are installed'
client\t'Here: they are printed, and no cluster is asked'
server\t'On the API server: it says what would be done'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -s o -l output -d 'How to write what was done: json, yaml; sentences when missing' -r -f -a "yaml\t''
json\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l wait -d 'Wait until the worker is rolled out and gives a sign of life' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l timeout -d 'How long to wait: 30s, 5m; 0 waits for ever' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l history-max -d 'How many revisions to remember; 0 is all' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -s f -l values -d 'File of values, - for standard input, or a URL; may be given several times, later ones win' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l set -d 'Values as in a.b=1,c[0].d=x,e={1,2}; null removes a default' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l set-string -d 'The same, but every value is text' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l set-file -d 'Values from files: a.b=FILE' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l set-json -d 'Values as JSON: a.b={"c":1}, or one object' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l set-literal -d 'One value, taken as it is: a.b=TEXT' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l force-conflicts -d 'Take over fields that other programs manage'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l recreate -d 'Delete and make anew objects with a change that Kubernetes does not allow'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l create-namespace -d 'Make the namespace if it does not exist'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l no-verify -d 'Do not ask the Prefect API, and do not look for what the pods refer to'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l reset-values -d 'Forget the values that it was installed with'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l reuse-values -d 'Keep the values that it was installed with; this is the default'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -l reset-then-reuse-values -d 'The same: defaults are always those of this program, never those of an older one'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand upgrade" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -f -a "default" -d 'Print a file of all values with their defaults, each explained'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -f -a "show" -d 'Print all values as they come out of files, flags and defaults'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -f -a "check" -d 'Find mistakes in values'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -f -a "schema" -d 'Print the JSON schema of the values, for editors'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and not __fish_seen_subcommand_from default show check schema docs" -f -a "docs" -d 'Print the reference of the values, in Markdown'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -s o -l output -d 'How to write them; json is without explanations' -r -f -a "yaml\t''
json\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from default" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -s o -l output -d 'How to write them' -r -f -a "yaml\t''
json\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -s f -l values -d 'File of values, - for standard input, or a URL; may be given several times, later ones win' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l set -d 'Values as in a.b=1,c[0].d=x,e={1,2}; null removes a default' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l set-string -d 'The same, but every value is text' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l set-file -d 'Values from files: a.b=FILE' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l set-json -d 'Values as JSON: a.b={"c":1}, or one object' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l set-literal -d 'One value, taken as it is: a.b=TEXT' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -l show-secrets -d 'Show the string of basic authentication too'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -s o -l output -d 'How to write what was found' -r -f -a "json\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -s f -l values -d 'File of values, - for standard input, or a URL; may be given several times, later ones win' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l set -d 'Values as in a.b=1,c[0].d=x,e={1,2}; null removes a default' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l set-string -d 'The same, but every value is text' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l set-file -d 'Values from files: a.b=FILE' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l set-json -d 'Values as JSON: a.b={"c":1}, or one object' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l set-literal -d 'One value, taken as it is: a.b=TEXT' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -l migrate -d 'Print the values that were given with the names of today, as YAML'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand values; and __fish_seen_subcommand_from docs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l timeout -d 'How long each may take to answer: 5s, 1m' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -s o -l output -d 'How to write it: for people when missing' -r -f -a "json\t''
yaml\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -l client -d 'Only this plugin\'s; asks nobody'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -f -a "run" -d 'Poll a work pool and launch a Kubernetes Job for each of its flow runs, until interrupted'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -f -a "list" -d 'List the workers that Prefect has on record, dead ones included'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -f -a "ls" -d 'List the workers that Prefect has on record, dead ones included'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and not __fish_seen_subcommand_from run list ls prune" -f -a "prune" -d 'Remove the records of dead workers'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -s p -l pool -d 'Work pool to poll; repeat it for several; on a terminal it is asked for when missing' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -s q -l work-queue -d 'Work queue to poll; repeat it for several; all of a pool when it has none; with several pools as POOL/QUEUE' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l name -d 'Name of the worker in its pool [default: kubectl-prefect-, then random]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l limit -d 'Most flow runs in hand at once, from submission to the end of their Jobs: in each pool, or in one, as POOL=N; repeat it for several' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l prefetch-seconds -d 'Seconds before its scheduled time that a flow run is taken [from PREFECT_WORKER_PREFETCH_SECONDS: 10]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l poll-interval -d 'Time between polls, as 5, 500ms or 1m [from PREFECT_WORKER_QUERY_SECONDS: 10]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l infrastructure-retries -d 'How often a flow run is tried again whose infrastructure failed before its flow began; then it has crashed [from PREFECT_KUBERNETES_WORKER_INFRASTRUCTURE_RETRIES: 0]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l pod-start-timeout -d 'How long a pod may take to start before its infrastructure has failed, where runs are tried again [from PREFECT_KUBERNETES_WORKER_POD_START_TIMEOUT: 10m]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l base-job-template -d 'File with the base job template, JSON or YAML, for a pool that is made or has none' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l job-api-url -d 'URL of the Prefect API for Jobs, when they reach it by another than the worker' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l cluster-uid -d 'UID of the cluster in place of the one that the cluster has' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l log-format -d 'How log lines are written' -r -f -a "text\t'Time, level and message for people'
json\t'One JSON object a line'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l log-level -d 'Least severe log lines to write [from PREFECT_LOGGING_LEVEL: info]' -r -f -a "error\t'Errors alone'
warning\t'Warnings as well'
info\t'What happens to runs'
debug\t'Requests and decisions'
trace\t'Everything, libraries included'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -s t -l type -d 'Type of the pool, as `prefect worker start` has it; only kubernetes' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l install-policy -d 'As `prefect worker start` has it; without effect' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l run-once -d 'Poll once, submit what is due, and end'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l create-pool-if-not-found -d 'Make the work pool when it is missing [default]'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l no-create-pool-if-not-found -d 'Fail when the work pool is missing'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -l with-healthcheck -d 'Serve /health, /ready and /metrics on PREFECT_WORKER_WEBSERVER_HOST and _PORT [0.0.0.0:8080], and wait for an API that does not answer yet'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -s p -l pool -d 'Work pool to look at, of any type; repeat it for several [default: all of type kubernetes]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -s o -l output -d 'How to write it' -r -f -a "table\t''
wide\t''
json\t''
yaml\t''
name\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -l all-types -d 'Look at work pools of every type'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -s p -l pool -d 'Work pool to look at, of any type; repeat it for several [default: all of type kubernetes]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -s o -l output -d 'How to write it' -r -f -a "table\t''
wide\t''
json\t''
yaml\t''
name\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -l all-types -d 'Look at work pools of every type'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -s p -l pool -d 'Work pool to look at, of any type; repeat it for several [default: all of type kubernetes]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l older-than -d 'Only records of workers that have been silent for this long, as 10m, 12h or 7d' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -s o -l output -d 'How to write what was done: names as POOL/NAME, json, yaml; sentences when missing' -r -f -a "json\t''
yaml\t''
name\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l context -d 'Kubeconfig context to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l kubeconfig -d 'Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -s n -l namespace -d 'Namespace to work in [default: the context\'s, else the service account\'s, else default]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l cluster -d 'Kubeconfig cluster to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l user -d 'Kubeconfig user to use' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -s s -l server -d 'Address of the Kubernetes API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l token -d 'Bearer token for the API server; takes the place of the kubeconfig user\'s credentials' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l username -d 'Username for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l password -d 'Password for basic authentication to the API server' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l as -d 'User to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l as-group -d 'Group to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l as-uid -d 'UID to act as' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l as-user-extra -d 'Extra attribute of the user to act as; may be given several times' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l request-timeout -d 'How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever. Watches and followed logs only have to begin in that time [default: 30s]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l certificate-authority -d 'File with the certificates of the authorities that may sign the server\'s certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l client-certificate -d 'File with the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l client-key -d 'File with the key of the client certificate' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody on the way can read and change everything' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l tls-server-name -d 'Name that the server\'s certificate must carry [default: the host of the server\'s address]' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l proxy-url -d 'Proxy for requests to the API server: http://, https:// or socks5://' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l cache-dir -d 'Accepted as kubectl\'s flag; has no effect, nothing is cached' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l disable-compression -d 'Accepted as kubectl\'s flag; has no effect, compressed answers are never asked for' -r -f -a "true\t''
false\t''"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l api-url -d 'URL of the Prefect API' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l api-key-file -d 'File with the API key, or - for standard input' -r -F
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l profile -d 'Prefect profile to use in place of the active one' -r
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l all-types -d 'Look at work pools of every type'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -l dry-run -d 'Show what would be removed, and remove nothing'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -s y -l yes -d 'Do not ask'
complete -c kubectl-prefect -n "__fish_kubectl_prefect_using_subcommand worker; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help (see more with \'--help\')'
