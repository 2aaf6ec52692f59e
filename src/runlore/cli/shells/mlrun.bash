# Completion of mlrun for bash: eval "$(mlrun completion bash)"
_mlrun() {
    local kind value current=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    while IFS=$'\t' read -r kind value _; do
        case $kind in
            plain) COMPREPLY+=("$value") ;;
            file) _mlrun_files -f ;;
            dir) _mlrun_files -d ;;
            command)
                if [[ -n $current ]]; then _mlrun_files -f -c; else _mlrun_files -f; fi
                ;;
        esac
    done < <("$1" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
_mlrun_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "$@" -- "$current" | sort -u)
}
complete -F _mlrun mlrun runlore
