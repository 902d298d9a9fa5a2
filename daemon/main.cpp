#include "app/app.h"

int main(int argc, char** argv) {
    stepd::app::App app;
    return app.run(argc, argv);
}
