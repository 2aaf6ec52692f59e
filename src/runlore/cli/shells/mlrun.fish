# Completion of mlrun for fish: mlrun completion fish | source
function __mlrun_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for answer in ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
        set -l part (string split -m 2 \t -- $answer)
        switch $part[1]
            case plain
                printf '%s\t%s\n' $part[2] $part[3]
            case file command
                __fish_complete_path "$current"
            case dir
                __fish_complete_directories "$current"
        end
    end
end
complete -c mlrun -f -a '(__mlrun_complete)'
complete -c runlore -f -a '(__mlrun_complete)'
