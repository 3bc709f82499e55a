// bgraph completion SHELL: the few lines a shell needs to ask `bgraph complete` at every press of Tab.
//
//   bash   source <(bgraph completion bash)                                     in ~/.bashrc
//   zsh    source <(bgraph completion zsh)                                      in ~/.zshrc, after compinit
//   fish   bgraph completion fish > ~/.config/fish/completions/bgraph.fish
//
// Node types, parameters and runs are looked up when they are asked for, so new plugins are known at once.
#include <bgraph/core/cli/verbs.h>
#include <bgraph/sdk/contract/error.h>

#include <fmt/format.h>

#include <memory>

namespace bgraph::cli {

namespace {

constexpr char kBash[] = R"(# bgraph for bash: source <(bgraph completion bash)
_bgraph() {
  local IFS=$'\n' word
  COMPREPLY=($("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  for word in "${COMPREPLY[@]}"; do
    [[ $word == *= ]] && compopt -o nospace 2>/dev/null
  done
}
complete -o default -F _bgraph bgraph ./bgraph
)";

constexpr char kZsh[] = R"(#compdef bgraph
# bgraph for zsh: source <(bgraph completion zsh)
_bgraph() {
  local -a found whole open
  found=("${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  whole=(${found:#*=})
  open=(${(M)found:#*=})
  if [[ -z "${found[*]}" ]]; then
    _files
  else
    (( ${#whole} )) && compadd -Q -a whole
    (( ${#open} )) && compadd -Q -S '' -a open
  fi
}
compdef _bgraph bgraph
)";

constexpr char kFish[] = R"(# bgraph for fish: bgraph completion fish > ~/.config/fish/completions/bgraph.fish
complete -c bgraph -a '(set -l typed (commandline -opc) (commandline -ct); $typed[1] complete -- $typed[2..-1] 2>/dev/null)'
)";

int print(const std::string& shell) {
  if (shell == "bash") fmt::print("{}", kBash);
  else if (shell == "zsh") fmt::print("{}", kZsh);
  else if (shell == "fish") fmt::print("{}", kFish);
  else throw Error("there is no completion for the shell '" + shell + "'", "bash, zsh or fish");
  return kSuccess;
}

}  // namespace

void add_completion(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("completion", "Completion for bash, zsh or fish");
  auto shell = std::make_shared<std::string>();
  verb->add_option("shell", *shell, "bash, zsh or fish")->required();
  verb->footer("Examples:\n  source <(bgraph completion bash)\n"
               "  bgraph completion fish > ~/.config/fish/completions/bgraph.fish\n");
  verb->callback([shell, &action] { action = [shell] { return print(*shell); }; });
}

}  // namespace bgraph::cli
