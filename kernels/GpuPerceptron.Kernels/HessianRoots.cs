using ILGPU;
using ILGPU.Algorithms;

namespace GpuPerceptron.Kernels;

/// <summary>The first kernel of the Hessian X̃ᵀDX̃: each row's √d, d = s·z(1 − z) the curvature of its loss.</summary>
/// <remarks>
/// √d = √(s·e) / (1 + e) with e = exp(−|v|), which loses no digits where z is near 0 or 1. Logits are those of
/// <see cref="PortablePass"/>, and so is the traffic: X once.
/// </remarks>
public static class HessianRoots
{
    /// <summary>The kernel; tiles are dealt to the groups in turn.</summary>
    /// <typeparam name="TChunk">A packet's values.</typeparam>
    /// <param name="pass">The arguments; the partials are left alone.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="roots">√d: N; overwritten.</param>
    public static void Kernel<TChunk>(PassArguments pass, PortableTile tile, ArrayView<float> roots)
        where TChunk : unmanaged, IChunk<TChunk>
    {
        var dots = SharedMemory.Allocate<float>(PortablePass.MaximumDots);
        for (long start = (long)Grid.IdxX * tile.Rows; start < pass.Rows; start += (long)Grid.DimX * tile.Rows)
        {
            int rows = (int)IntrinsicMath.Min(tile.Rows, pass.Rows - start);
            PortablePass.SetDots<TChunk>(pass, start, rows, tile.Lanes, dots);
            Group.Barrier();

            for (int i = Group.IdxX; i < rows; i += Group.DimX)
            {
                float e = XMath.Exp(-XMath.Abs(PortablePass.Logit(pass, tile.Lanes, dots, i)));
                roots[start + i] = XMath.Sqrt(pass.SampleWeight(start + i) * e) / (1f + e);
            }

            Group.Barrier();
        }
    }
}
