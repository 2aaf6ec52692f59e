# Completion of mlrun for zsh: eval "$(mlrun completion zsh)"
_mlrun() {
    local kind value help
    local -a answers
    while IFS=$'\t' read -r kind value help; do
        case $kind in
            plain) answers+=("${value//:/\\:}:$help") ;;
            file) _files ;;
            dir) _files -/ ;;
            command) _files; _command_names -e ;;
        esac
    done < <("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    (( $#answers )) && _describe -V mlrun answers
}
compdef _mlrun mlrun runlore
