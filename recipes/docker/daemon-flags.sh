# Functions for what a service passes to dockerd, for the scripts of plans and for looks.
# shellcheck shell=sh

# flags_of_exec: of a unit's ExecStart as systemd shows it, the words for dockerd, one a line, whatever starts it (`nice`, `env`). Variables of
# its environment are not known, nor what a shell makes of its words. Which file is judged is not the service's to say.
flags_of_exec() {
  awk 'sub(/^ExecStart=.*argv\[\]=/, "") {
      sub(/ ; ignore_errors=.*/, "")
      count = split($0, words, " ")
      for (at = 1; at <= count; at++) {
        word = words[at]
        if (!flags && word ~ /(^|\/)(ba|da|k|z|a)?sh$/) exit
        if (flags && word == "--config-file") at++
        else if (flags && word !~ /^(\$|--config-file=)/) print word
        if (word ~ /(^|\/)dockerd[^\/]*$/) flags = 1
      }
    }'
}
