module mlplatform/toolchain/pause

go 1.26.0
