#include "app/app.h"

int main(int argc, char** argv) {
    stepd::app::App app;
    const int code = app.run(argc, argv);
    return code == stepd::app::App::EXIT_CONFIG ? 2 : code;  // Poco's word for options that it cannot read
}
