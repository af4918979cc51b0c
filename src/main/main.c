/* The program: which front answers, and what each lends to the commands. */
#include <locale.h>

#include <sodium.h>

#include "cli/execute.h"
#include "serve/serve.h"
#include "shell/shell.h"
#include "ui/chart_text.h"
#include "ui/keys.h"
#include "ui/run.h"

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    struct error err = {0};
    if (sodium_init() < 0) {
        error_set(&err, E_FAILED, "libsodium", "cannot be initialised");
        execute_report(NULL, &err);
        return error_exit_code(E_FAILED);
    }
    const struct execution front = {.out = stdout,
                                    .width = execute_width(),
                                    .bold = execute_wants_bold(),
                                    .ask = execute_ask,
                                    .serve = serve_run,
                                    .shell = shell_run,
                                    .console = ui_run,
                                    .check_keys = keys_check,
                                    .draw = chart_text,
                                    .console_alone = ui_run_possible()};
    return execute(&front, argc, argv);
}
