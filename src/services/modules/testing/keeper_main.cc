// The keeper alone, for this room's tests: `oree keep-module` without the rest of `oree`.
#include "services/modules/process/keeper.h"

int main(int argc, char** argv) {
  return argc == 2 ? oree::modules::keep_module(argv[1]) : 2;
}
