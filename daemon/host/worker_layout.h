#pragma once

namespace stepd::host {

/// The descriptors that a worker is born with, beside 0 (/dev/null), 1 and 2 (captured): no others are open in it.
inline constexpr int kWorkerChannelFd = 3;
inline constexpr int kWorkerLibraryFd = 4;  ///< the plugin's file, checked by the host; closed after loading
inline constexpr int kWorkerBoardFd = 5;    ///< call_board.h; closed once it is mapped

}  // namespace stepd::host
