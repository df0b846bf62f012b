
# The words up to the cursor, with what the shell has split at = and : put together again.
__longhouse_init_completion() {
    local line=${COMP_LINE:0:COMP_POINT} i gap word last=" "
    COMPREPLY=()
    words=()
    cword=-1
    for ((i = 0; i <= COMP_CWORD; i++)); do
        gap=${line%%[!$' \t']*}
        line=${line#"$gap"}
        word=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$line
        line=${line#"$word"}
        if ((i > 0)) && [[ -z $gap && ($last == *[=:] || $word == [=:]*) ]]; then
            words[cword]+=$word
        else
            words[++cword]=$word
        fi
        last=$word
    done
    cur=${words[cword]}
    prev=${words[cword > 0 ? cword - 1 : 0]}
}
